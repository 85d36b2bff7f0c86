#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/codebook.hpp"

namespace splitbench {

// A sample of a tensor's elements: kSampleBlocks runs of kSampleBlockElements, evenly spread; of a
// tensor that has no more than these together, all of it. Enough for escape rates to 0.1%, and so
// little that counting it costs next to nothing.

inline constexpr std::uint64_t kSampleBlocks = 16;
inline constexpr std::uint64_t kSampleBlockElements = 1024;
inline constexpr std::uint64_t kSampleElements = kSampleBlocks * kSampleBlockElements;

/// The first element of a block; blocks begin on multiples of 16 elements. A host and device
/// formula.
constexpr std::uint64_t sample_block(std::uint64_t elements, std::uint64_t block) {
  return (elements - kSampleBlockElements) * block / (kSampleBlocks - 1) / 16 * 16;
}

/// Of whole elements of this type. On a device: codec/cuda/device_sample.hpp.
ExponentHistogram sample_exponents(std::span<const std::byte> raw, ElementType);

}  // namespace splitbench
