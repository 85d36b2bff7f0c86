#pragma once
#include <cstdint>

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

}  // namespace splitbench
