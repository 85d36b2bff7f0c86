#include "reports/analysis/aggregate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/columns.hpp"
#include "reports/json.hpp"

namespace splitbench {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<Axis> kAxes = {
    {"link.bandwidth", "bit/s", {{"10 Gbit/s", 1e10}, {"25 Gbit/s", 2.5e10}}},
    {"workload.context", "count", {{"8k", 8192}}}};

Report report_at(double bandwidth) {
  Report report{.meta = {.scenario = "s", .time = "virtual", .model = "m"}, .axes = {}};
  report.meta.link_bandwidth = bandwidth;
  report.columns = {{"ttft_p50", "TTFT p50", "s", Better::lower}};
  for (const char* arm : {"raw", "splitzip"})
    report.rows.push_back({.axes = {{"arm", arm}},
                           .values = {{"ttft_p50", 1e10 / bandwidth}},
                           .spread = {{"ttft_p50", 0.1}},
                           .ci95 = {{"ttft_p50", 0.2}},
                           .status = "ok",
                           .verdict = "stable"});
  report.histograms["raw"];
  return report;
}

std::vector<SweepPoint> two_points() {
  return {{{"10 Gbit/s", "8k"}, {"raw", "splitzip"}, "points/000", report_at(1e10), ""},
          {{"25 Gbit/s", "8k"}, {"raw", "splitzip"}, "points/001", report_at(2.5e10), ""}};
}

TEST(AggregateTest, RowsAreThoseOfThePointsAndSayWhatWasVaried) {
  const Report report = aggregate({.scenario = "s"}, kAxes, two_points());
  ASSERT_EQ(report.rows.size(), 4u);
  Row expected = report_at(2.5e10).rows[1];
  expected.axes = {
      {"arm", "splitzip"}, {"link.bandwidth", "25 Gbit/s"}, {"workload.context", "8k"}};
  expected.folder = "points/001";
  EXPECT_EQ(report.rows[3], expected);
  EXPECT_EQ(report.rows[0].folder, "points/000");
  EXPECT_EQ(report.axes, kAxes);
  EXPECT_TRUE(report.meta.valid);
  EXPECT_THAT(report.histograms, IsEmpty());
}

TEST(AggregateTest, WhatPointsDisagreeOnIsLeftOut) {
  const ReportMeta meta = aggregate({.scenario = "s", .model = "m"}, kAxes, two_points()).meta;
  EXPECT_EQ(meta.link_bandwidth, std::nullopt);
  EXPECT_EQ(meta.model, "m");
  std::vector<SweepPoint> points = two_points();
  points[1].report->meta.model = "other";
  EXPECT_EQ(aggregate({.scenario = "s", .model = "m"}, kAxes, points).meta.model, "");
  points.pop_back();
  EXPECT_EQ(aggregate({}, kAxes, points).meta.link_bandwidth, 1e10);
}

TEST(AggregateTest, APointThatFailedHasARowForEachArmAndAWarning) {
  std::vector<SweepPoint> points = two_points();
  points[0].report.reset();
  points[0].failure = "was killed by signal 9 (Killed)";
  const Report report = aggregate({.scenario = "s"}, kAxes, points);
  ASSERT_EQ(report.rows.size(), 4u);
  EXPECT_EQ(report.rows[0].status, "failed");
  EXPECT_EQ(report.rows[0].axes.at("link.bandwidth"), "10 Gbit/s");
  EXPECT_EQ(report.rows[1].axes.at("arm"), "splitzip");
  EXPECT_THAT(report.rows[0].values, IsEmpty());
  EXPECT_EQ(report.rows[2].status, "ok");
  EXPECT_FALSE(report.meta.valid);
  EXPECT_THAT(report.meta.warnings,
              ElementsAre("link.bandwidth 10 Gbit/s, workload.context 8k: failed: was killed by "
                          "signal 9 (Killed)"));
}

TEST(AggregateTest, APointThatIsNotOverHasNoRow) {
  std::vector<SweepPoint> points = two_points();
  points[1].report.reset();
  const Report report = aggregate({.scenario = "s"}, kAxes, points);
  EXPECT_EQ(report.rows.size(), 2u);
  EXPECT_FALSE(report.meta.valid);
  EXPECT_THAT(report.meta.warnings, ElementsAre("not over: 1 of 2 points are missing"));
}

TEST(AggregateTest, WhatAPointWarnsOfNamesThePoint) {
  std::vector<SweepPoint> points = two_points();
  points[1].report->meta.valid = false;
  points[1].report->meta.warnings = {"raw: intrusion 2%"};
  const ReportMeta meta = aggregate({}, kAxes, points).meta;
  EXPECT_FALSE(meta.valid);
  EXPECT_THAT(meta.warnings,
              ElementsAre("link.bandwidth 25 Gbit/s, workload.context 8k: raw: intrusion 2%"));
}

TEST(AggregateTest, ColumnsAreThoseOfAllPointsInTheOrderOfAllReports) {
  std::vector<SweepPoint> points = two_points();
  points[0].report->columns = {all_columns()[9], all_columns()[2]};
  points[1].report->columns = {all_columns()[2], all_columns()[5]};
  EXPECT_THAT(aggregate({}, kAxes, points).columns,
              ElementsAre(all_columns()[2], all_columns()[5], all_columns()[9]));
}

TEST(AggregateTest, ComesBackFromItsFile) {
  std::vector<SweepPoint> points = two_points();
  points[1].report.reset();
  points[1].failure = "refused";
  const Report report = aggregate({.scenario = "s"}, kAxes, points);
  EXPECT_EQ(report_from_json(to_json(report), "report.json"), report);
}

}  // namespace
}  // namespace splitbench
