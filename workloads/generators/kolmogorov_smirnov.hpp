#pragma once
#include <algorithm>
#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <vector>

namespace splitbench {

using Cdf = std::function<double(double)>;

/// Fails the test if the sample is not from the distribution, by the test of Kolmogorov and Smirnov
/// at 1%. The steps of samples that were rounded to a multiple of 2 * half are compared at their
/// edges.
inline void expect_from(std::vector<double> sample, const Cdf& cdf, double half = 0) {
  std::ranges::sort(sample);
  const auto n = static_cast<double>(sample.size());
  double distance = 0;
  for (std::size_t i = 0, end = 0; i < sample.size(); i = end) {
    while (end < sample.size() && sample[end] == sample[i]) ++end;
    const double below = static_cast<double>(i) / n, upto = static_cast<double>(end) / n;
    distance = std::max({distance, std::abs(cdf(sample[i] - half) - below),
                         std::abs(cdf(sample[i] + half) - upto)});
  }
  EXPECT_LE(distance, 1.628 / std::sqrt(n)) << "over " << sample.size() << " draws";
}

inline double normal_cdf(double x) {
  return std::erfc(-x / std::sqrt(2.0)) / 2;
}

}  // namespace splitbench
