#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/codebook.hpp"

namespace splitbench {

// Statistics of exponents, known before a single element is encoded. All functions are pure; shares
// are from 0 to 1, and 0 for a histogram without elements.

/// Returns the number of elements that were counted.
std::uint64_t elements(const ExponentHistogram&);

/// Returns the entropy: the bits that an exponent takes at least on average, however it is coded,
/// if each is coded for itself.
double entropy(const ExponentHistogram&);

/// Returns the share of the elements that have one of the `top` most frequent exponents.
double coverage(const ExponentHistogram&, unsigned top);

/// Returns the share of the elements that would be escapes of a SplitZip frame. The codebook need
/// not have been calibrated on this histogram.
double escape_rate(const ExponentHistogram&, const Codebook&);

/// Returns the bytes of the frame that encode() makes of elements with this histogram when this
/// kind is wanted. The result is exact for SplitZip frames. A ranked frame is at most this long,
/// and at most 4 bytes per block (0.1% of bf16) and 128 bytes shorter, because how its blocks fill
/// up depends on the order of the elements.
std::uint64_t expected_frame_bytes(const ExponentHistogram&, const Codebook&,
                                   FrameKind wanted = FrameKind::splitzip);

/// Returns the raw bytes divided by those that remain if exponents take their entropy, signs and
/// mantissas stay as they are, and nothing else costs.
double ideal_ratio(const ExponentHistogram&, ElementType);

/// Returns the Jensen-Shannon divergence of two distributions in bits: 0 if they are equal, 1 if no
/// exponent occurs in both. It is symmetric, and its square root is a metric. Both histograms must
/// have elements.
double jensen_shannon(const ExponentHistogram&, const ExponentHistogram&);

/// Returns the total variation distance: the largest difference between the shares that any set of
/// exponents has in the two histograms, so also the most by which a codebook's escape rates on them
/// can differ. Both histograms must have elements.
double total_variation(const ExponentHistogram&, const ExponentHistogram&);

// A sample of a tensor's elements is kSampleBlocks runs of kSampleBlockElements, evenly spread; a
// tensor of no more elements than these together is counted whole. It is enough for escape rates to
// 0.1%, and so little that counting it costs next to nothing.

inline constexpr std::uint64_t kSampleBlocks = 16;
inline constexpr std::uint64_t kSampleBlockElements = 1024;
inline constexpr std::uint64_t kSampleElements = kSampleBlocks * kSampleBlockElements;

/// Returns the first element of a block, a multiple of 16, in a tensor of more than
/// kSampleElements. Host and device share this formula.
constexpr std::uint64_t sample_block(std::uint64_t elements, std::uint64_t block) {
  return (elements - kSampleBlockElements) * block / (kSampleBlocks - 1) / 16 * 16;
}

/// Returns the histogram of the sample of `raw`, whole elements of this type. The version for
/// device memory is in codec/cuda/device_sample.hpp.
ExponentHistogram sample_exponents(std::span<const std::byte> raw, ElementType);

}  // namespace splitbench
