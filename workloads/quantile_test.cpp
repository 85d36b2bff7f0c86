#include "workloads/quantile.hpp"

#include <array>
#include <gtest/gtest.h>

namespace splitbench {
namespace {

TEST(QuantileTest, InterpolatesBetweenTheClosestRanks) {
  constexpr std::array<double, 4> samples = {1, 2, 4, 8};  // numpy.percentile agrees
  EXPECT_DOUBLE_EQ(quantile(samples, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(samples, 0.5), 3);
  EXPECT_DOUBLE_EQ(quantile(samples, 0.75), 5);
  EXPECT_DOUBLE_EQ(quantile(samples, 0.9), 6.8);
  EXPECT_DOUBLE_EQ(quantile(samples, 1), 8);
}

TEST(QuantileTest, OfOneSampleIsThatSample) {
  constexpr std::array<double, 1> samples = {5};
  EXPECT_EQ(quantile(samples, 0.5), 5);
  EXPECT_EQ(quantile(samples, 0.999), 5);
}

TEST(QuantileTest, OfCountsLiesBetweenCounts) {
  constexpr std::array<unsigned, 2> samples = {3, 4};
  EXPECT_EQ(quantile(samples, 0.5), 3.5);
}

}  // namespace
}  // namespace splitbench
