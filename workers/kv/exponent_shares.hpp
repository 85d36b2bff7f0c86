#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "codec/codebook.hpp"
#include "workloads/generators/random.hpp"

namespace splitbench {

// Distributions of exponents that tests drift between.

/// The share of elements that have each exponent, from 0 to 1.
using ExponentShares = std::array<double, 256>;

inline ExponentShares mixture(const ExponentShares& a, const ExponentShares& b, double share_of_b) {
  ExponentShares sum;
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = (1 - share_of_b) * a[i] + share_of_b * b[i];
  return sum;
}

/// Returns the shares of bfloat16 exponents of normally distributed elements of this deviation.
inline ExponentShares gaussian(double deviation) {
  const auto below = [&](int exponent) {
    return std::erf(std::exp2(exponent - 127) / deviation / std::sqrt(2.0));
  };
  ExponentShares shares{};
  for (int e = 1; e < 255; ++e) shares[e] = below(e + 1) - below(e);
  shares[0] = below(1);
  return shares;
}

/// Returns the shares over channels whose scales are spread by tau, in ln.
inline ExponentShares like_a_layer(double deviation, double tau) {
  ExponentShares sum{};
  for (int i = 0; i < 9; ++i)
    sum = mixture(sum, gaussian(deviation * std::exp(tau * (i - 4) / 2.0)), 1.0 / (i + 1));
  return sum;
}

/// Returns equal shares of the exponents from the first to the last.
inline ExponentShares uniform(unsigned first, unsigned last) {
  ExponentShares shares{};
  std::fill(shares.begin() + first, shares.begin() + last + 1, 1.0 / (last - first + 1));
  return shares;
}

/// Returns the shares of the values times 2^binades.
inline ExponentShares shifted(const ExponentShares& shares, int binades) {
  ExponentShares moved{};
  for (int e = 0; e < 256; ++e) moved[std::clamp(e + binades, 0, 255)] += shares[e];
  return moved;
}

inline double escape_rate(const ExponentShares& shares, const Codebook& codebook) {
  double covered = 0;
  for (unsigned code = 0; code < codebook.size(); ++code)
    covered += shares[codebook.exponents[code]];
  return std::max(0.0, 1 - covered);
}

/// Returns the average count of each exponent among so many elements.
inline ExponentHistogram counts(const ExponentShares& shares, double elements = 1e9) {
  ExponentHistogram histogram;
  std::ranges::transform(shares, histogram.begin(), [&](double share) {
    return static_cast<std::uint64_t>(std::llround(share * elements));
  });
  return histogram;
}

/// Returns random counts of the exponents among so many elements.
inline ExponentHistogram drawn(const ExponentShares& shares, double elements, Random& random) {
  const auto poisson = [&](double mean) {
    if (mean > 50)
      return static_cast<std::uint64_t>(
          std::llround(std::max(0.0, mean + std::sqrt(mean) * random.normal())));
    std::uint64_t events = 0;
    for (double time = random.exponential(); time < mean; time += random.exponential()) ++events;
    return events;
  };
  ExponentHistogram histogram;
  std::ranges::transform(shares, histogram.begin(),
                         [&](double share) { return poisson(share * elements); });
  return histogram;
}

}  // namespace splitbench
