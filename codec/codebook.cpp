#include "codec/codebook.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <numeric>
#include <utility>
#include <vector>

namespace splitbench {

namespace {

template <typename Word>
ExponentHistogram count(std::span<const std::byte> raw, const ElementFormat format) {
  std::array<ExponentHistogram, 4> parts{};  // so that equal neighbours do not wait for one counter
  for (std::size_t i = 0; i < raw.size() / sizeof(Word); ++i) {
    Word element;
    std::memcpy(&element, raw.data() + i * sizeof element, sizeof element);
    ++parts[i % 4][format.exponent(element)];
  }
  for (std::size_t i = 1; i < parts.size(); ++i) parts[0] += parts[i];
  return parts[0];
}

}  // namespace

ExponentHistogram exponent_histogram(std::span<const std::byte> raw, ElementType type) {
  const ElementFormat format = element_format(type);
  return format.bytes == 2 ? count<std::uint16_t>(raw, format) : count<std::uint8_t>(raw, format);
}

ExponentHistogram& operator+=(ExponentHistogram& sum, const ExponentHistogram& histogram) {
  std::transform(sum.begin(), sum.end(), histogram.begin(), sum.begin(), std::plus<>{});
  return sum;
}

Codebook calibrate(const ExponentHistogram& histogram, ElementType type, FrameKind kind) {
  std::vector<std::uint8_t> exponents(element_format(type).exponents());
  std::iota(exponents.begin(), exponents.end(), std::uint8_t{0});
  const bool ranked = kind == FrameKind::ranked;
  const auto most = std::ranges::max_element(exponents, {}, [&](auto e) { return histogram[e]; });
  std::ranges::stable_sort(exponents, {}, [&, center = ranked ? *most : 0](std::uint8_t e) {
    return std::pair(~histogram[e], ranked ? std::abs(e - center) : 0);
  });
  Codebook codebook{.exponents = {}, .element_type = type};
  exponents.resize(codebook.size(kind));
  if (!ranked) std::ranges::sort(exponents);
  std::ranges::copy(exponents, codebook.exponents.begin());
  return codebook;
}

std::uint64_t escapes(const ExponentHistogram& histogram, const Codebook& codebook,
                      FrameKind kind) {
  std::uint64_t without_code =
      std::accumulate(histogram.begin(), histogram.end(), std::uint64_t{0});
  for (unsigned code = 0; code < codebook.size(kind); ++code)
    without_code -= histogram[codebook.exponents[code]];
  return without_code;
}

}  // namespace splitbench
