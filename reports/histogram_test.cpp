#include "reports/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

#include "workloads/statistics.hpp"

namespace splitbench {
namespace {

/// Returns latencies as runs have them: from nanoseconds to minutes, many of them equal.
std::vector<Time> some_durations(std::uint64_t seed, std::size_t n) {
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> spread(std::log(1e8), 3);
  std::vector<Time> durations;
  for (std::size_t i = 0; i < n; ++i)
    durations.push_back(i % 5 == 0 ? Time(123'456'789) : Time(std::llround(spread(random))));
  return durations;
}

Histogram histogram_of(const std::vector<Time>& durations) {
  Histogram histogram;
  for (const Time duration : durations) histogram.add(duration);
  return histogram;
}

TEST(HistogramTest, EveryDurationLiesInItsBucketWhichIsAtMostAThousandthWide) {
  for (int shift = 0; shift < 62; ++shift)
    for (const std::int64_t offset : {-1, 0, 1, 5}) {
      const Time duration((std::int64_t{1} << shift) + offset);
      const Histogram::Bucket bucket = histogram_of({duration}).buckets().at(0);
      EXPECT_LE(bucket.low, duration);
      EXPECT_GT(bucket.low + bucket.width, duration);
      EXPECT_TRUE(bucket.width == Time(1) || bucket.width * 1024 <= bucket.low) << duration.count();
      EXPECT_EQ(Histogram::low_of(duration), bucket.low);
    }
}

TEST(HistogramTest, BucketsMeetWithoutGapOrOverlap) {
  for (const std::int64_t at : {1, 2046, 2047, 2048, 2049, 4094, 4096, 1 << 20, 123'456'789}) {
    const Histogram::Bucket bucket = histogram_of({Time(at)}).buckets().at(0);
    EXPECT_EQ(Histogram::low_of(bucket.low + bucket.width), bucket.low + bucket.width);
    EXPECT_EQ(Histogram::low_of(bucket.low + bucket.width - Time(1)), bucket.low);
  }
}

TEST(HistogramTest, QuantilesAreThoseOfTheSamplesWithinAThousandth) {
  for (const std::size_t n : {1, 2, 3, 10, 997, 20'000}) {
    const std::vector<Time> durations = some_durations(n, n);
    std::vector<double> samples;
    for (const Time duration : durations) samples.push_back(seconds(duration));
    std::ranges::sort(samples);
    const Histogram histogram = histogram_of(durations);
    for (const double q : {0.0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1.0}) {
      const double exact = quantile(samples, q);
      EXPECT_NEAR(histogram.quantile(q), exact, 0.0005 * exact) << "q " << q << " of " << n;
    }
  }
}

TEST(HistogramTest, MergedHistogramsAreTheHistogramOfAllSamples) {
  const std::vector<Time> some = some_durations(1, 3000), others = some_durations(2, 500);
  std::vector<Time> all = some;
  all.insert(all.end(), others.begin(), others.end());
  Histogram there = histogram_of(some), back = histogram_of(others);
  there.merge(histogram_of(others));
  back.merge(histogram_of(some));
  EXPECT_EQ(there, histogram_of(all));
  EXPECT_EQ(back, there);
  EXPECT_EQ(there.count(), 3500u);
}

TEST(HistogramTest, IsMadeAgainFromItsBuckets) {
  const Histogram histogram = histogram_of(some_durations(3, 2000));
  Histogram again;
  for (const Histogram::Bucket& bucket : histogram.buckets()) again.add(bucket.low, bucket.count);
  EXPECT_EQ(again, histogram);
}

}  // namespace
}  // namespace splitbench
