#include "workloads/statistics.hpp"

#include <array>
#include <gtest/gtest.h>
#include <random>

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

TEST(MedianTest, OfAnEvenNumberLiesBetweenTheTwoInTheMiddleOrIsTheLargerOne) {
  EXPECT_EQ(median(std::vector{8.0, 1.0, 4.0, 2.0}), 3);
  EXPECT_EQ(upper_median(std::vector{8.0, 1.0, 4.0, 2.0}), 4);
  EXPECT_EQ(upper_median(std::vector{5u, 1u, 2u}), 2u);
}

TEST(MeanTest, OfOneSampleIsThatSampleAndNothingDeviates) {
  constexpr std::array<double, 1> samples = {5};
  EXPECT_EQ(mean(samples), 5);
  EXPECT_EQ(standard_deviation(samples), 0);
  EXPECT_EQ(interquartile_range(samples), 0);
}

TEST(MomentsTest, OfPartsThatAreMergedAreThoseOfTheWhole) {
  constexpr std::array<double, 4> samples = {2, 4, 4, 6};
  Moments first, second;
  for (const double sample : {2.0, 4.0}) first.add(sample);
  for (const double sample : {4.0, 6.0}) second.add(sample);
  first.merge(second);
  EXPECT_EQ(first.count, 4);
  EXPECT_EQ(first.mean(), mean(samples));
  EXPECT_EQ(first.variance(), 2);
  EXPECT_EQ(first.standard_deviation(), standard_deviation(samples));
}

TEST(ErrorOfMeanTest, OfTwoSamplesIsThatOfCauchysDistribution) {
  constexpr std::array<double, 2> samples = {1, 3};  // Student's t at 0.975 is 12.706
  EXPECT_NEAR(error_of_mean(samples, 0.975), 12.706, 0.001);
}

/// Returns the sojourn times of an M/M/1 queue at half its capacity in units of a service, which
/// depend on those before them; with `independent`, times of the same law that do not.
std::vector<double> sojourns(std::mt19937_64& random, std::size_t n, bool independent) {
  std::exponential_distribution<double> service(1), gap(0.5), sojourn(0.5);
  std::vector<double> times;
  double wait = sojourn(random) * static_cast<double>(random() % 2);  // as in the long run
  for (std::size_t i = 0; i < n; ++i) {
    times.push_back(independent ? sojourn(random) : wait + service(random));
    wait = std::max(0.0, times.back() - gap(random));
  }
  return times;
}

std::optional<Interval> interval_of(const std::vector<double>& sequence, double q) {
  std::vector<double> ascending = sequence;
  std::ranges::sort(ascending);
  return quantile_interval(sequence, ascending, q);
}

TEST(QuantileIntervalTest, CoversTheQuantileOfAQueueAsOftenAsItSays) {
  for (const bool independent : {true, false})
    for (const double q : {0.5, 0.9}) {
      std::mt19937_64 random(5);
      const double true_quantile = -2 * std::log(1 - q);  // the law is exponential of mean 2
      int covered = 0;
      for (int run = 0; run < 200; ++run) {
        const auto interval = interval_of(sojourns(random, 2000, independent), q);
        ASSERT_TRUE(interval);
        covered += interval->low <= true_quantile && true_quantile <= interval->high;
      }
      EXPECT_GE(covered, 178) << q << independent;  // 89%
      EXPECT_LE(covered, 198) << q << independent;
    }
}

TEST(QuantileIntervalTest, IsAbsentWhereTheSamplesDoNotCarryIt) {
  const std::vector<double> few = {3, 1, 2};
  EXPECT_FALSE(interval_of(few, 0.5));
  EXPECT_FALSE(interval_of({}, 0.5));
  std::vector<double> twenty(20);
  std::iota(twenty.begin(), twenty.end(), 0);
  EXPECT_FALSE(interval_of(twenty, 0.99));
  const auto half = interval_of(twenty, 0.5);
  ASSERT_TRUE(half);
  EXPECT_LT(half->low, 9.5);
  EXPECT_GT(half->high, 9.5);
}

TEST(FitLineTest, GivesBackTheLineThatThePointsLieOn) {
  std::vector<LinePoint> points;
  for (const double x : {1.0, 2.0, 5.0, 11.0})
    points.push_back({.x = x, .y = 3 - 2 * x, .weight = x});
  const Line line = fit_line(points);
  EXPECT_NEAR(line.slope, -2, 1e-12);
  EXPECT_NEAR(line.at_zero, 3, 1e-12);
  EXPECT_NEAR(line.error_of_slope, 0, 1e-6);
}

TEST(FitLineTest, AHeavyPointDrawsTheLineToItself) {
  constexpr LinePoint low{.x = 0, .y = 0}, high{.x = 1, .y = 1};
  EXPECT_NEAR(fit_line(std::array{low, high, LinePoint{.x = 1, .y = 3, .weight = 3}}).slope, 2.5,
              1e-12);
}

TEST(FitLineTest, IsLevelWhereNothingVariesAlongX) {
  const Line line = fit_line(std::array{LinePoint{.x = 4, .y = 1}, LinePoint{.x = 4, .y = 3}});
  EXPECT_EQ(line.slope, 0);
  EXPECT_EQ(line.at_zero, 2);
}

TEST(RoundToDigitsTest, CountsDigitsFromTheFirstThatIsNotZero) {
  EXPECT_EQ(round_to_digits(0.00123456, 4), 0.001235);
  EXPECT_EQ(round_to_digits(-123456, 4), -123500);
  EXPECT_EQ(round_to_digits(0, 4), 0);
}

}  // namespace
}  // namespace splitbench
