#include "reports/analysis/mean.hpp"

#include <array>
#include <cmath>
#include <gtest/gtest.h>

namespace splitbench {
namespace {

TEST(MeanTest, OfOneSampleIsThatSampleAndNothingDeviates) {
  constexpr std::array<double, 1> samples = {5};
  EXPECT_EQ(mean(samples), 5);
  EXPECT_EQ(standard_deviation(samples), 0);
}

TEST(MeanTest, DeviationIsOfTheSamplesThemselves) {
  constexpr std::array<double, 4> samples = {2, 4, 4, 6};
  EXPECT_DOUBLE_EQ(mean(samples), 4);
  EXPECT_DOUBLE_EQ(standard_deviation(samples), std::sqrt(2.0));
}

}  // namespace
}  // namespace splitbench
