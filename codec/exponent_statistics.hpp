#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/codebook.hpp"

namespace splitbench {

// What histograms say before a single element is encoded. All pure; shares are from 0 to 1, and
// those of a histogram without elements are 0.

/// All that were counted.
std::uint64_t elements(const ExponentHistogram&);

/// Bits that an exponent takes at least, however it is coded, if each is coded for itself.
double entropy(const ExponentHistogram&);

/// The share of the elements that have one of the `top` most frequent exponents.
double coverage(const ExponentHistogram&, unsigned top);

/// The share that would be escapes. The histogram need not be the one that the codebook is from.
double escape_rate(const ExponentHistogram&, const Codebook&);

/// The length of the frame that encode() makes of elements with this histogram when this kind is
/// wanted. Exact of a SplitZip frame. How the blocks of a ranked one fill up depends on the order
/// of the elements: it is at most this long, and at most 4 bytes a block (0.1%) and 128 shorter.
std::uint64_t expected_frame_bytes(const ExponentHistogram&, const Codebook&,
                                   FrameKind wanted = FrameKind::splitzip);

/// Raw bytes over those that remain where exponents take their entropy and nothing else costs.
double ideal_ratio(const ExponentHistogram&, ElementType);

/// How far apart two distributions are, in bits: 0 where they are equal, 1 where no exponent occurs
/// in both. Symmetric; its square root is a metric. Both histograms have elements.
double jensen_shannon(const ExponentHistogram&, const ExponentHistogram&);

/// The largest difference that any set of exponents can have in its shares, so also the most by
/// which a codebook's escape rates on the two can differ. Both histograms have elements.
double total_variation(const ExponentHistogram&, const ExponentHistogram&);

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
