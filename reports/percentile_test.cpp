#include "reports/percentile.hpp"

#include <array>
#include <cmath>
#include <gtest/gtest.h>

namespace splitbench {
namespace {

TEST(PercentileTest, InterpolatesBetweenTheClosestRanks) {
  constexpr std::array<double, 4> samples = {1, 2, 4,
                                             8};  // numpy.percentile says the same of these
  EXPECT_DOUBLE_EQ(quantile(samples, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(samples, 0.5), 3);
  EXPECT_DOUBLE_EQ(quantile(samples, 0.75), 5);
  EXPECT_DOUBLE_EQ(quantile(samples, 0.9), 6.8);
  EXPECT_DOUBLE_EQ(quantile(samples, 1), 8);
}

TEST(PercentileTest, OfOneSampleIsThatSample) {
  constexpr std::array<double, 1> samples = {5};
  EXPECT_EQ(quantile(samples, 0.5), 5);
  EXPECT_EQ(quantile(samples, 0.999), 5);
  EXPECT_EQ(mean(samples), 5);
  EXPECT_EQ(standard_deviation(samples), 0);
}

TEST(PercentileTest, DeviationIsOfTheSamplesThemselves) {
  constexpr std::array<double, 4> samples = {2, 4, 4, 6};
  EXPECT_DOUBLE_EQ(mean(samples), 4);
  EXPECT_DOUBLE_EQ(standard_deviation(samples), std::sqrt(2.0));
}

}  // namespace
}  // namespace splitbench
