#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "codec/baselines/baseline.hpp"
#include "codec/baselines/payload_layout.hpp"

namespace splitbench {

/// Returns the most bytes that a coder sees at once, those of 256 KiB of elements: the CPU's caches
/// hold them with the coder's tables, whose cost they spread, and the tensors of small dumps are
/// still several chunks. For a model's cache, 64 KiB to 512 KiB make no more than 1% of difference
/// to a ratio with planes.
constexpr std::uint64_t cpu_chunk_bytes(bool planes) {
  return planes ? 128 << 10 : 256 << 10;
}

/// Returns a batch in host memory that shares chunks out to threads, each with a coder of its own
/// that `make` returns. Throws std::invalid_argument as Baseline::batch does.
std::unique_ptr<BaselineBatch> make_cpu_batch(std::span<const BaselineTensor>,
                                              const BaselineOptions&, bool planes,
                                              const MakeCoder& make);

/// Returns a codec of the CPU as a baseline with such batches.
Baseline make_cpu_baseline(const Codec&, MakeCoder make);
/// Returns the baseline of this name, which must be one of the CPU's in kCodecs.
Baseline make_cpu_baseline(std::string_view name, MakeCoder make);

/// Writes and reads payloads of a baseline of the CPU (payload_layout.hpp), in host memory. Not
/// thread-safe. Does not keep the baseline.
class CpuPayloads {
 public:
  explicit CpuPayloads(const Baseline&);

  /// Writes the payload of the pieces, and returns its bytes, of which `out` must hold
  /// PayloadLayout::most_bytes. Throws std::runtime_error if the library fails.
  std::uint64_t write(std::span<const std::span<const std::byte>> pieces, std::span<std::byte> out);

  /// Fills the pieces, which are as long as those that were written. Throws BadFrame if the payload
  /// is not of such pieces; then what is in them does not count.
  void read(std::span<const std::byte> payload, std::span<const std::span<std::byte>> pieces);

 private:
  bool planes_;
  std::uint64_t chunk_bytes_;
  ElementCoder coder_;
  std::vector<std::byte> room_;
};

}  // namespace splitbench
