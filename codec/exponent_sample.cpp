#include "codec/exponent_sample.hpp"

namespace splitbench {

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
