#include "reports/analysis/compare.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/analysis/summarize.hpp"
#include "reports/testing/example_runs.hpp"

namespace splitbench {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Returns the report of the same requests over a wire that is slower by more than the repeats
/// differ.
Report slower_report() {
  std::vector<RunRecord> runs = example::runs();
  for (RunRecord& run : runs) run = example::run(run.arm, run.repeat, example::ms(200), {});
  return summarize(example::meta(), runs, example::checks());
}

const FigureChange& figure(const Comparison& comparison, const std::string& arm,
                           const std::string& key) {
  const auto row = std::ranges::find_if(
      comparison.rows, [&](const RowChange& each) { return each.axes.at("arm") == arm; });
  return *std::ranges::find_if(row->figures,
                               [&](const auto& each) { return each.column.key == key; });
}

/// Returns a report with one row of one figure.
Report report_of(double value, double half_width, Better better = Better::lower) {
  Report report;
  report.meta.repeats = 2;
  report.columns = {{"ttft_p50", "TTFT p50", "s", better}};
  report.rows.resize(1);
  report.rows[0].axes = {{"arm", "raw"}};
  report.rows[0].values = {{"ttft_p50", value}};
  report.rows[0].ci95 = {{"ttft_p50", half_width}};
  return report;
}

Judgement judged(const Report& base, const Report& candidate) {
  return compare(base, candidate).rows.at(0).figures.at(0).judgement;
}

TEST(CompareTest, AResultIsTheSameAsItself) {
  const Report report = example::report();
  const Comparison comparison = compare(report, report);
  EXPECT_THAT(comparison.warnings, IsEmpty());
  ASSERT_EQ(comparison.rows.size(), report.rows.size());
  for (std::size_t i = 0; i < report.rows.size(); ++i) {
    EXPECT_EQ(comparison.rows[i].figures.size(), report.rows[i].values.size());
    for (const FigureChange& each : comparison.rows[i].figures) {
      EXPECT_EQ(each.judgement, Judgement::same) << each.column.key;
      EXPECT_EQ(each.change, 0) << each.column.key;
    }
  }
}

TEST(CompareTest, TheOtherWayRoundBetterIsWorse) {
  const auto mirrored = [](Judgement judgement) {
    if (judgement == Judgement::better) return Judgement::worse;
    return judgement == Judgement::worse ? Judgement::better : judgement;
  };
  const Comparison there = compare(example::report(), slower_report());
  const Comparison back = compare(slower_report(), example::report());
  ASSERT_EQ(there.rows.size(), back.rows.size());
  for (std::size_t row = 0; row < there.rows.size(); ++row) {
    ASSERT_EQ(there.rows[row].axes, back.rows[row].axes);
    ASSERT_EQ(there.rows[row].figures.size(), back.rows[row].figures.size());
    for (std::size_t i = 0; i < there.rows[row].figures.size(); ++i) {
      const FigureChange& one = there.rows[row].figures[i];
      const FigureChange& other = back.rows[row].figures[i];
      EXPECT_EQ(one.judgement, mirrored(other.judgement)) << one.column.key;
      EXPECT_EQ(one.before, other.after) << one.column.key;
      EXPECT_EQ(one.after, other.before) << one.column.key;
      if (one.before <= 0 || one.after <= 0) continue;
      EXPECT_NEAR((1 + one.change) * (1 + other.change), 1, 1e-12) << one.column.key;
    }
  }
}

TEST(CompareTest, ASlowerWireIsWorseForLatencyAndForThroughput) {
  const Comparison comparison = compare(example::report(), slower_report());
  EXPECT_EQ(figure(comparison, "raw", "ttft_p50").judgement, Judgement::worse);
  EXPECT_GT(figure(comparison, "raw", "ttft_p50").change, 0);
  EXPECT_EQ(figure(comparison, "raw", "request_throughput").judgement, Judgement::worse);
  EXPECT_LT(figure(comparison, "raw", "request_throughput").change, 0);
  EXPECT_EQ(figure(comparison, "raw", "requests").judgement, Judgement::same);
}

TEST(CompareTest, OnlyADifferenceBeyondTheIntervalsCounts) {
  EXPECT_EQ(judged(report_of(10, 0.8), report_of(9, 0.7)), Judgement::same);
  EXPECT_EQ(judged(report_of(10, 0.7), report_of(9, 0.7)), Judgement::better);
  EXPECT_EQ(judged(report_of(10, 0.7, Better::higher), report_of(9, 0.7)), Judgement::worse);
  EXPECT_EQ(judged(report_of(10, 0.7, Better::neither), report_of(9, 0.7)), Judgement::different);
}

TEST(CompareTest, WhatDoublesLoseIsNoDifference) {
  EXPECT_EQ(judged(report_of(0.1 + 0.2, 0), report_of(0.3, 0)), Judgement::same);
  EXPECT_EQ(judged(report_of(0, 0), report_of(3e-17, 0)), Judgement::same);
  EXPECT_EQ(judged(report_of(0, 0), report_of(1e-9, 0)), Judgement::worse);
}

TEST(CompareTest, AFigureThatWasZeroOrBelowIsJudgedToo) {
  EXPECT_EQ(judged(report_of(0, 0), report_of(3, 0)), Judgement::worse);
  EXPECT_EQ(judged(report_of(-2, 0), report_of(-3, 0)), Judgement::better);
  EXPECT_EQ(compare(report_of(-2, 0), report_of(-3, 0)).rows[0].figures[0].change, -0.5);
  EXPECT_GT(compare(report_of(0, 0), report_of(3, 0)).rows[0].figures[0].change, 1e300);
}

TEST(CompareTest, NamesWhatMakesTwoResultsUnlike) {
  const Report base = report_of(1, 0);
  Report other = base;
  other.meta.seed = 7;
  other.meta.kv_dtype = "fp8_e5m2";
  other.meta.transport = "shm";
  other.meta.valid = false;
  other.meta.warnings = {"raw: intrusion 2.34%"};
  EXPECT_THAT(
      compare(base, other).warnings,
      ElementsAre("seed: '0' before, '7' after", "kv_dtype: '' before, 'fp8_e5m2' after",
                  "transport: '' before, 'shm' after", "NOT VALID after: raw: intrusion 2.34%"));
  other = base;
  for (std::string ReportMeta::*member :
       {&ReportMeta::scenario, &ReportMeta::model, &ReportMeta::time, &ReportMeta::backend})
    other.meta.*member = "another";
  EXPECT_EQ(compare(base, other).warnings.size(), 4u);
}

TEST(CompareTest, SaysThatTheNoiseOfOneRealRepeatIsUnknown) {
  Report base = report_of(1, 0);
  base.meta.time = "real";
  Report once = base;
  once.meta.repeats = 1;
  EXPECT_THAT(compare(base, once).warnings, ElementsAre("one repeat after: its noise is unknown"));
  once.meta.time = base.meta.time = "virtual";
  EXPECT_THAT(compare(base, once).warnings, IsEmpty());
}

TEST(CompareTest, NamesRowsColumnsAndFiguresThatOnlyOneHas) {
  Report base = example::report(), candidate = base;
  base.rows.pop_back();
  std::erase_if(candidate.columns, [](const Column& column) { return column.key == "ttft_p99"; });
  for (Row& row : candidate.rows) row.values.erase("ttft_p99");
  candidate.rows[1].values.erase("e2el_p50");
  const Comparison comparison = compare(base, candidate);
  EXPECT_THAT(comparison.warnings,
              ElementsAre("only before: ttft_p99", "only after: the row splitzip",
                          "bypass: only before: e2el_p50"));
  EXPECT_EQ(comparison.rows.size(), 2u);
}

TEST(CompareTest, MatchesThePointsOfASweepByAllTheirAxes) {
  Report base = report_of(1, 0), candidate = report_of(2, 0);
  for (Report* report : {&base, &candidate}) {
    report->rows[0].axes["link.bandwidth"] = "10 Gbit/s";
    report->rows.push_back(report->rows[0]);
    report->rows[1].axes["link.bandwidth"] = "25 Gbit/s";
    report->rows[1].values["ttft_p50"] *= 100;
  }
  std::ranges::reverse(candidate.rows);
  const Comparison comparison = compare(base, candidate);
  ASSERT_EQ(comparison.rows.size(), 2u);
  for (const RowChange& row : comparison.rows) EXPECT_EQ(row.figures[0].change, 1);
  EXPECT_EQ(row_name(comparison.rows[1].axes), "link.bandwidth 25 Gbit/s, raw");
}

TEST(CompareTest, NamesARowThatIsNoLongerOk) {
  Report base = report_of(1, 0), candidate = base;
  base.rows[0].status = "ok";
  candidate.rows[0].status = "failed";
  base.rows[0].verdict = "stable";
  candidate.rows[0].verdict = "overloaded";
  EXPECT_THAT(compare(base, candidate).warnings,
              ElementsAre("raw: ok before, failed after", "raw: stable before, overloaded after"));
}

}  // namespace
}  // namespace splitbench
