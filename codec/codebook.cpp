#include "codec/codebook.hpp"

#include <algorithm>
#include <numeric>

#include "codec/element.hpp"

namespace splitbench {

ExponentHistogram exponent_histogram(std::span<const std::uint16_t> elements) {
  std::array<ExponentHistogram, 4> parts{};  // neighbours seldom wait for one another's counter
  for (std::size_t i = 0; i < elements.size(); ++i) ++parts[i % 4][exponent(elements[i])];
  for (std::size_t i = 1; i < parts.size(); ++i) parts[0] += parts[i];
  return parts[0];
}

ExponentHistogram& operator+=(ExponentHistogram& sum, const ExponentHistogram& histogram) {
  std::transform(sum.begin(), sum.end(), histogram.begin(), sum.begin(), std::plus<>{});
  return sum;
}

Codebook calibrate(const ExponentHistogram& histogram) {
  std::array<std::uint8_t, 256> exponents;
  std::iota(exponents.begin(), exponents.end(), std::uint8_t{0});
  std::stable_sort(exponents.begin(), exponents.end(),
                   [&](auto a, auto b) { return histogram[a] > histogram[b]; });
  Codebook codebook;
  std::copy_n(exponents.begin(), codebook.exponents.size(), codebook.exponents.begin());
  std::sort(codebook.exponents.begin(), codebook.exponents.end());
  return codebook;
}

std::uint64_t escapes(const ExponentHistogram& histogram, const Codebook& codebook) {
  std::uint64_t without_code =
      std::accumulate(histogram.begin(), histogram.end(), std::uint64_t{0});
  for (const std::uint8_t exponent : codebook.exponents) without_code -= histogram[exponent];
  return without_code;
}

}  // namespace splitbench
