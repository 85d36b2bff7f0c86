#include "reports/analysis/drift_series.hpp"

#include <gtest/gtest.h>

#include "reports/testing/example_drift.hpp"

namespace splitbench {
namespace {

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
    EXPECT_EQ(*point.escape_rate, 0.001);  // 800 of 800,000
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
  run.codebook_changes = {{.scope = 0, .version = 1, .job = 20, .prefill_worker = 0},
                          {.scope = 1, .version = 1, .job = 20, .prefill_worker = 0},
                          {.scope = 0, .version = 2, .job = 31, .prefill_worker = 0}};
  const std::vector<DriftSeries::Change> expected = {{20, 2}, {31, 1}};
  EXPECT_EQ(drift_series_of(run)->changes, expected);
}

}  // namespace
}  // namespace splitbench
