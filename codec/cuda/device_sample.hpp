#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/codebook.hpp"

namespace splitbench {

/// A tensor whose exponents are to be sampled, in one piece of memory that the device can reach. It
/// begins on 16 bytes.
struct SampleTask {
  const std::byte* data = nullptr;
  std::uint64_t elements = 0;
  ElementType element_type = ElementType::bf16;
};

/// The counts of each exponent in a sample, indexed by exponent. A device counts in 32 bits.
struct SampledExponents {
  std::array<std::uint32_t, 256> counts;

  ExponentHistogram histogram() const {
    ExponentHistogram wide;
    for (std::size_t i = 0; i < wide.size(); ++i) wide[i] = counts[i];
    return wide;
  }
};

/// The most tasks that go in one launch.
inline constexpr std::size_t kSamplesPerLaunch = 64;

/// Counts the exponents that sample_exponents() of codec/exponent_statistics.hpp counts: results[i]
/// for tasks[i], in device or pinned memory. Only puts work into the stream (a cudaStream_t),
/// copies the tasks, allocates nothing and waits for nothing; results are there when the stream has
/// got to them. Throws CudaError, std::invalid_argument for a task that is misaligned or of an
/// unknown type, and Unavailable without CUDA.
void sample_exponents(std::span<const SampleTask> tasks, SampledExponents* results, void* stream);

}  // namespace splitbench
