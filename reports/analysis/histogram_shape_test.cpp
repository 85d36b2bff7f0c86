#include "reports/analysis/histogram_shape.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>
#include <random>

namespace splitbench {
namespace {

Histogram spread_over_decades(std::uint64_t seed, int samples) {
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> nanoseconds(15, 2);
  Histogram histogram;
  for (int i = 0; i < samples; ++i) histogram.add(Time(static_cast<long>(nanoseconds(random))));
  return histogram;
}

double total(const std::vector<double>& shares) {
  return std::accumulate(shares.begin(), shares.end(), 0.0);
}

TEST(HistogramShapeTest, EverySampleFallsIntoOneOfFewBins) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Histogram histograms[] = {spread_over_decades(seed, 1),
                                    spread_over_decades(seed + 100, 5000)};
    const HistogramShape shape = shape_of(histograms);
    EXPECT_LE(shape.edges.size(), kMostBins + 2);
    EXPECT_TRUE(std::ranges::is_sorted(shape.edges));
    ASSERT_EQ(shape.shares.size(), 2u);
    for (const std::vector<double>& shares : shape.shares) {
      EXPECT_EQ(shares.size(), shape.edges.size() - 1);
      EXPECT_NEAR(total(shares), 1, 1e-9);
    }
  }
}

TEST(HistogramShapeTest, ABinHoldsTheSamplesBetweenItsEdges) {
  const Histogram histogram = spread_over_decades(7, 20'000);
  const HistogramShape shape = shape_of({&histogram, 1});
  double below = 0;
  for (std::size_t bin = 0; bin + 1 < shape.shares[0].size(); ++bin) {
    below += shape.shares[0][bin];
    EXPECT_NEAR(histogram.quantile(below) / shape.edges[bin + 1], 1, 0.25) << bin;
  }
}

TEST(HistogramShapeTest, ZerosHaveABinOfTheirOwn) {
  Histogram histogram;
  histogram.add(Time{0}, 3);
  histogram.add(std::chrono::milliseconds(1));
  histogram.add(std::chrono::milliseconds(100));
  const HistogramShape shape = shape_of({&histogram, 1});
  EXPECT_EQ(shape.edges[0], 0);
  EXPECT_NEAR(shape.edges[1], 1e-3, 1e-6);
  EXPECT_NEAR(shape.shares[0][0], 0.6, 1e-9);
  EXPECT_NEAR(shape.shares[0].back(), 0.2, 1e-9);
}

TEST(HistogramShapeTest, EqualSamplesAreOneBin) {
  for (const Time each : {Time{0}, Time{5000}, Time{123456789}}) {
    Histogram histogram;
    histogram.add(each, 5);
    const HistogramShape shape = shape_of({&histogram, 1});
    EXPECT_EQ(shape.edges.size(), 2u);
    EXPECT_EQ(shape.shares[0], std::vector<double>{1});
  }
}

TEST(HistogramShapeTest, NothingHasNoShape) {
  const Histogram none;
  EXPECT_TRUE(shape_of({}).edges.empty());
  EXPECT_TRUE(shape_of({&none, 1}).edges.empty());
  EXPECT_TRUE(percentile_curve(none).empty());
}

TEST(HistogramShapeTest, AnEmptyHistogramBesideAnotherHasNoShares) {
  const Histogram histograms[] = {Histogram(), spread_over_decades(1, 10)};
  EXPECT_EQ(total(shape_of(histograms).shares[0]), 0);
}

TEST(HistogramShapeTest, ACurveIsTheQuantilesUpToTheLongestSample) {
  for (const int samples : {1, 2, 10, 1000, 100'000}) {
    const Histogram histogram = spread_over_decades(3, samples);
    const std::vector<CurvePoint> curve = percentile_curve(histogram);
    EXPECT_LE(curve.size(), kMostCurvePoints);
    EXPECT_EQ(curve.front().one_in, 1);
    EXPECT_NEAR(curve.back().one_in, samples, 1e-6 * samples);
    EXPECT_TRUE(std::ranges::is_sorted(curve, {}, &CurvePoint::one_in));
    EXPECT_TRUE(std::ranges::is_sorted(curve, {}, &CurvePoint::seconds));
    for (const CurvePoint& point : curve)
      EXPECT_EQ(point.seconds, histogram.quantile(1 - 1 / point.one_in));
  }
}

}  // namespace
}  // namespace splitbench
