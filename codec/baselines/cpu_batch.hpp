#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "codec/baselines/baseline.hpp"

namespace splitbench {

/// Of 256 KiB of elements: the CPU's caches hold them with the coder's tables, whose cost they
/// spread, and the tensors of small dumps are still several chunks. Of a model's cache 64 KiB to
/// 512 KiB make no more than 1% of difference to a ratio with planes.
constexpr std::uint64_t cpu_chunk_bytes(bool planes) {
  return planes ? 128 << 10 : 256 << 10;
}

/// Returns a row of the table with batches that share chunks out to threads, each with a coder of
/// its own.
Baseline make_cpu_baseline(std::string_view name, MakeCoder make);

}  // namespace splitbench
