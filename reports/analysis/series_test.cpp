#include "reports/analysis/series.hpp"

#include <gtest/gtest.h>
#include <numeric>
#include <random>

#include "reports/testing/example_drift.hpp"
#include "reports/testing/example_runs.hpp"

namespace splitbench {
namespace {

using example::ms;

double sum_of_bins(const std::vector<double>& bins) {
  return std::accumulate(bins.begin(), bins.end(), 0.0);
}

TEST(SeriesTest, CompletionsAddUpToTheRequestsAndBytesToThoseOnTheWire) {
  const RunRecord run = example::run("raw", 0, ms(128), Time{0});
  const Series series = series_of(run);
  const double bin = seconds(series.bin);
  EXPECT_NEAR(sum_of_bins(series.throughput) * bin, static_cast<double>(run.timelines.size()),
              0.01);
  double bits = 0;
  for (const Transfer& transfer : run.transfers)
    bits += 8 * static_cast<double>(transfer.wire_bytes);
  EXPECT_NEAR(sum_of_bins(series.link_rate) * bin, bits, bits / 1000);
}

TEST(SeriesTest, WaitingIsTheMeanNumberOfRequestsThatAreNotYetInPrefill) {
  // The means of 400 requests that wait for random times are compared with a count by sampling.
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> somewhere(0, 1000);
  RunRecord run{.arm = "raw", .repeat = 0};
  for (int i = 0; i < 400; ++i) {
    Timeline t = example::timeline("raw", 0, 0, ms(1), Time{0});
    t.arrival = ms(somewhere(random));
    t.prefill_begin = t.arrival + ms(somewhere(random) / 5);
    t.last_token = ms(1200);
    run.timelines.push_back(t);
  }
  const Series series = series_of(run);
  constexpr int kSamples = 200;  // samples of each bin
  for (std::size_t bin = 0; bin < series.waiting.size(); ++bin) {
    double waiting = 0;
    for (int s = 0; s < kSamples; ++s) {
      const Time at = series.begin + series.bin * static_cast<int>(bin) + series.bin * s / kSamples;
      for (const Timeline& t : run.timelines) waiting += t.arrival <= at && at < t.prefill_begin;
    }
    EXPECT_NEAR(series.waiting[bin], waiting / kSamples, 0.5) << bin;
  }
}

TEST(SeriesTest, IsEmptyWithoutARequest) {
  EXPECT_EQ(series_of(RunRecord{.arm = "raw"}), Series{});
}

TEST(DriftSeriesTest, ARunThatNeitherDriftsNorWatchesHasNone) {
  EXPECT_FALSE(drift_series_of(example::run("splitzip", 0, example::ms(96), example::ms(2))));
}

TEST(DriftSeriesTest, EachRequestIsAPointWhileThereAreFew) {
  const DriftSeries series = drift_series_of(example::drifting_run("splitzip", 0, 40)).value();
  ASSERT_EQ(series.points.size(), 40u);
  for (std::uint64_t id = 0; id < 40; ++id) {
    const DriftSeries::Point& point = series.points[id];
    EXPECT_EQ(point.request, id);
    EXPECT_EQ(point.drift, id < example::kDriftStep ? 0 : 1);
    EXPECT_NEAR(*point.ratio, id < example::kDriftStep ? 4.0 / 3 : 1.1, 1e-3);
    EXPECT_NEAR(*point.ideal_ratio, 4.0 / 3, 1e-3);
    EXPECT_EQ(*point.escape_rate, 0.001);  // 800 of 800,000 elements
  }
}

TEST(DriftSeriesTest, ManyRequestsAreBinnedAndKeepTheirMean) {
  const DriftSeries series = drift_series_of(example::drifting_run("splitzip", 0, 1000)).value();
  ASSERT_EQ(series.points.size(), kDriftPoints);
  double drift = 0;
  for (const DriftSeries::Point& point : series.points) drift += point.drift / kDriftPoints;
  EXPECT_NEAR(drift, 1 - example::kDriftStep / 1000.0, 0.01);
}

TEST(DriftSeriesTest, WhatIsThinnedKeepsItsMeanAndWhatIsShortItsPoints) {
  DriftSeries series;
  for (std::uint64_t id = 0; id < 1024; ++id) {
    DriftSeries::Point point;
    point.request = id;
    point.ratio = 1 + static_cast<double>(id % 8) / 8;
    series.points.push_back(point);
  }
  const DriftSeries thin = thinned(series);
  ASSERT_EQ(thin.points.size(), kDriftPoints);
  for (const DriftSeries::Point& point : thin.points) EXPECT_NEAR(*point.ratio, 1.4375, 1e-3);
  EXPECT_EQ(thinned(thin), thin);
}

TEST(DriftSeriesTest, AChangeStandsAtTheRequestAfterWhichItWasMade) {
  RunRecord run = example::drifting_run("splitzip", 0, 40);
  run.codebook_changes = {{.scope = 0, .job = 20, .prefill_worker = 0},
                          {.scope = 1, .job = 20, .prefill_worker = 0},
                          {.scope = 0, .job = 31, .prefill_worker = 0}};
  const std::vector<DriftSeries::Change> expected = {{20, 2}, {31, 1}};
  EXPECT_EQ(drift_series_of(run)->changes, expected);
}

}  // namespace

}  // namespace splitbench
