#include "codec/exponent_statistics.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <functional>
#include <numeric>

#include "codec/frame.hpp"

namespace splitbench {

namespace {

using Distribution = std::array<double, 256>;

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

Distribution distribution(const ExponentHistogram& histogram) {
  const std::uint64_t total = elements(histogram);
  Distribution shares{};
  std::ranges::transform(histogram, shares.begin(),
                         [&](std::uint64_t count) { return share(count, total); });
  return shares;
}

/// Returns the bits that one outcome of this share adds to an entropy.
double surprise(double p) {
  return p > 0 ? -p * std::log2(p) : 0;
}

/// Returns the most words that a ranked frame's stream can have: the bits of each block are padded
/// to a word.
std::uint64_t most_words(const ExponentHistogram& histogram, const Codebook& codebook) {
  const RankedFormat format = ranked_format(codebook.element_type);
  std::uint64_t bits =
      format.stream_bits(format.ranks()) * escapes(histogram, codebook, FrameKind::ranked);
  for (unsigned rank = 0; rank < format.ranks(); ++rank)
    bits += format.stream_bits(rank) * histogram[codebook.exponents[rank]];
  return (bits + 31 * ranked_blocks(elements(histogram))) / 32;
}

}  // namespace

std::uint64_t elements(const ExponentHistogram& histogram) {
  return std::accumulate(histogram.begin(), histogram.end(), std::uint64_t{0});
}

double entropy(const ExponentHistogram& histogram) {
  const Distribution shares = distribution(histogram);
  return std::transform_reduce(shares.begin(), shares.end(), 0.0, std::plus<>{}, surprise);
}

double coverage(const ExponentHistogram& histogram, unsigned top) {
  ExponentHistogram sorted = histogram;
  std::ranges::sort(sorted, std::greater<>{});
  const auto end = sorted.begin() + std::min<std::ptrdiff_t>(top, std::ssize(sorted));
  return share(std::accumulate(sorted.begin(), end, std::uint64_t{0}), elements(histogram));
}

double escape_rate(const ExponentHistogram& histogram, const Codebook& codebook) {
  return share(escapes(histogram, codebook), elements(histogram));
}

std::uint64_t expected_frame_bytes(const ExponentHistogram& histogram, const Codebook& codebook,
                                   FrameKind wanted) {
  const ElementType type = codebook.element_type;
  const std::uint64_t n = elements(histogram);
  const std::uint64_t tail =
      wanted == FrameKind::ranked ? most_words(histogram, codebook) : escapes(histogram, codebook);
  return std::min(frame_bytes(wanted, type, n, tail), stored_frame_bytes(type, n));
}

double ideal_ratio(const ExponentHistogram& histogram, ElementType type) {
  const ElementFormat format = element_format(type);
  return 8.0 * format.bytes / (entropy(histogram) + 1 + format.mantissa_bits);
}

double jensen_shannon(const ExponentHistogram& a, const ExponentHistogram& b) {
  assert(elements(a) > 0 && elements(b) > 0);
  const Distribution p = distribution(a), q = distribution(b);
  double bits = 0;
  for (std::size_t i = 0; i < p.size(); ++i)
    bits += surprise((p[i] + q[i]) / 2) - (surprise(p[i]) + surprise(q[i])) / 2;
  return std::clamp(bits, 0.0, 1.0);  // rounding may leave it slightly outside
}

double total_variation(const ExponentHistogram& a, const ExponentHistogram& b) {
  assert(elements(a) > 0 && elements(b) > 0);
  const Distribution p = distribution(a), q = distribution(b);
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) sum += std::abs(p[i] - q[i]);
  return std::min(sum / 2, 1.0);
}

ExponentHistogram sample_exponents(std::span<const std::byte> raw, ElementType type) {
  const std::uint64_t size = element_bytes(type);
  const std::uint64_t n = raw.size() / size;
  if (n <= kSampleElements) return exponent_histogram(raw, type);
  ExponentHistogram sum{};
  for (std::uint64_t block = 0; block < kSampleBlocks; ++block)
    sum += exponent_histogram(
        raw.subspan(size * sample_block(n, block), size * kSampleBlockElements), type);
  return sum;
}

}  // namespace splitbench
