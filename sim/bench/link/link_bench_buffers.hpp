#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/bench/link/link_bench.hpp"
#include "workers/transport/tcp_options.hpp"

namespace splitbench {

/// Staging memory that was written to. Chunks take turns at all of it, whichever slot they are in:
/// their bytes are looked at by nobody, and a transport that takes the slot that was freed last
/// would seem cheaper than it is by what a cache holds.
class BenchBuffers {
 public:
  explicit BenchBuffers(std::uint32_t slots) : memory_(slots * kBenchChunk, std::byte{0x5a}) {}

  std::span<std::byte> next() {
    const std::uint64_t at = next_++ * kBenchChunk % memory_.size();
    return std::span(memory_).subspan(at, kBenchChunk);
  }
  SlotMemory slots() {
    return [this](std::uint32_t) { return next(); };
  }

 private:
  std::vector<std::byte> memory_;
  std::uint64_t next_ = 0;
};

}  // namespace splitbench
