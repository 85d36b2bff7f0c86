#include "reports/analysis/summarize.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/testing/example_runs.hpp"

namespace splitbench {
namespace {

using example::ms;
using testing::ElementsAre;
using testing::IsEmpty;

class SummarizeTest : public testing::Test {
 protected:
  Report summarized() const { return summarize(meta_, runs_, checks_); }

  ReportMeta meta_ = example::meta();
  std::vector<RunRecord> runs_ = example::runs();
  std::vector<SelfCheck> checks_ = example::checks();
};

TEST_F(SummarizeTest, MakesARowPerArmInTheOrderOfTheRuns) {
  const Report report = summarized();
  ASSERT_EQ(report.rows.size(), 3u);
  EXPECT_EQ(report.rows[0].axes.at("arm"), "raw");
  EXPECT_EQ(report.rows[1].axes.at("arm"), "bypass");
  EXPECT_EQ(report.rows[2].axes.at("arm"), "splitzip");
  EXPECT_EQ(report.rows[0].status, "ok");
  EXPECT_EQ(report.meta.repeats, 2u);
  EXPECT_TRUE(report.meta.valid);
  EXPECT_THAT(report.meta.warnings, IsEmpty());
}

TEST_F(SummarizeTest, TheSecondTokenComesAGapAfterTheFirst) {
  for (const Row& row : summarized().rows)
    for (const char* of : {"mean", "p50", "p99"})
      EXPECT_NEAR(row.values.at(std::string("ttst_") + of),
                  row.values.at(std::string("ttft_") + of) + 0.012, 1e-9);  // 12 ms in all
}

TEST_F(SummarizeTest, LeavesWarmUpOut) {
  const Row raw = summarized().rows[0];
  EXPECT_EQ(raw.values.at("requests"), 20);
  EXPECT_LT(raw.values.at("transfer_p99_9"), 0.2);
}

TEST_F(SummarizeTest, TakesPercentilesFromTheSamplesOfAllRepeats) {
  // Raw transfers take 0.5 ms (prepare, install) + 128.5, 129.0 .. 133.0 and 130.5 .. 135.0 ms.
  const Row raw = summarized().rows[0];
  EXPECT_NEAR(raw.values.at("transfer_p50"), 0.13225, 1e-9);
  EXPECT_NEAR(raw.values.at("transfer_mean"), 0.13225, 1e-9);
  EXPECT_NEAR(raw.spread.at("transfer_mean"), 0.001, 1e-9);
  // Two means, 2 ms apart: their standard error is 1 ms, at one degree of freedom.
  EXPECT_NEAR(raw.ci95.at("transfer_mean"), 12.7062 * 0.001, 1e-7);
}

TEST_F(SummarizeTest, AveragesRatesOverRepeats) {
  const Row splitzip = summarized().rows[2];
  EXPECT_NEAR(splitzip.values.at("compression_ratio"), 4.0 / 3, 1e-12);
  EXPECT_NEAR(splitzip.values.at("escape_rate"), 0.001, 1e-12);
  // The duration is from the arrival of request 1 at 1 s to the last token of request 10.
  const double first = 10 / 9.2232, second = 10 / 9.2240;
  EXPECT_NEAR(splitzip.values.at("request_throughput"), (first + second) / 2, 1e-9);
  EXPECT_NEAR(splitzip.values.at("output_throughput"), 3 * (first + second) / 2, 1e-9);
}

TEST_F(SummarizeTest, SumsCountsAndBytes) {
  const Row splitzip = summarized().rows[2];
  EXPECT_EQ(splitzip.values.at("raw_bytes"), 32'000'000);
  EXPECT_EQ(splitzip.values.at("wire_bytes"), 24'000'000);
}

TEST_F(SummarizeTest, PartsOfTtftSumToItsMean) {
  for (const Row& row : summarized().rows) {
    double sum = 0;
    for (const auto& [key, value] : row.values)
      if (key.starts_with("part_")) sum += value;
    EXPECT_NEAR(sum, row.values.at("ttft_mean"), 1e-12);
  }
}

TEST_F(SummarizeTest, CountsWhatMeetsTheSlo) {
  const Report report = summarized();
  EXPECT_EQ(report.rows[0].values.at("slo_attainment"), 0);
  EXPECT_EQ(report.rows[2].values.at("slo_attainment"), 1);
  EXPECT_EQ(report.rows[2].values.at("request_goodput"),
            report.rows[2].values.at("request_throughput"));
}

TEST_F(SummarizeTest, HasNoSpreadOfOneRepeatAndNoColumnOfWhatNobodyMeasured) {
  runs_.resize(3);
  checks_.clear();
  meta_.slo = {};
  const Report report = summarized();
  EXPECT_THAT(report.rows[0].spread, IsEmpty());
  for (const char* key : {"slo_attainment", "request_goodput", "intrusion"})
    EXPECT_EQ(std::ranges::count(report.columns, key, &Column::key), 0) << key;
}

TEST_F(SummarizeTest, NamesRequestsThatAreNotOkAndKeepsThemOutOfLatencies) {
  const Row before = summarized().rows[2];
  Timeline failed = example::timeline("splitzip", 1, 11, ms(5000), ms(1));
  failed.status = Status::failed;
  failed.failure = "decode 0: bad frame";
  Timeline unfinished = example::timeline("splitzip", 1, 12, ms(5000), ms(1));
  unfinished.status = Status::unfinished;
  runs_.back().timelines.push_back(failed);
  runs_.back().timelines.push_back(unfinished);

  const Report report = summarized();
  EXPECT_THAT(
      report.meta.warnings,
      ElementsAre(
          "splitzip: 1 of 22 requests failed, first request 11 of repeat 1: decode 0: bad frame",
          "splitzip: 1 of 22 requests unfinished, first request 12 of repeat 1"));
  EXPECT_FALSE(report.meta.valid);
  EXPECT_EQ(report.rows[2].status, "failed");
  EXPECT_EQ(report.rows[2].values.at("ttft_p99"), before.values.at("ttft_p99"));
  EXPECT_EQ(report.rows[2].values.at("request_throughput"), before.values.at("request_throughput"));
  EXPECT_NEAR(report.rows[2].values.at("slo_attainment"), (1 + 10.0 / 12) / 2, 1e-12);
}

TEST_F(SummarizeTest, LeavesOutTheLatenciesOfAnArmThatFailedAltogether) {
  for (RunRecord& run : runs_)
    if (run.arm == "bypass")
      for (Timeline& timeline : run.timelines) timeline.status = Status::cancelled;
  const Row bypass = summarized().rows[1];
  EXPECT_EQ(bypass.status, "cancelled");
  EXPECT_EQ(bypass.values.at("requests"), 0);
  EXPECT_FALSE(bypass.values.contains("ttft_p50"));
  EXPECT_FALSE(bypass.values.contains("request_throughput"));
}

TEST_F(SummarizeTest, FlagsASpeedUpThatTheFormatCannotGive) {
  runs_ = {example::run("raw", 0, ms(100), Time{0}), example::run("splitzip", 0, ms(60), ms(0.1))};
  EXPECT_THAT(
      summarized().meta.warnings,
      ElementsAre("splitzip: transfer_p50 is 1.635x better than raw, bf16 in 12 bits cannot pass "
                  "1.333x: a measurement bug"));
}

TEST_F(SummarizeTest, TheLimitOfASpeedUpIsThatOfTheElementType) {
  runs_ = {example::run("raw", 0, ms(100), Time{0}), example::run("splitzip", 0, ms(85), ms(0.1))};
  EXPECT_THAT(summarized().meta.warnings, IsEmpty());
  for (const std::string type : {"fp8_e5m2", "fp8_e4m3"}) {
    meta_.kv_dtype = type;
    EXPECT_THAT(summarized().meta.warnings,
                ElementsAre("splitzip: transfer_p50 is 1.171x better than raw, " + type +
                            " in 7 bits cannot pass 1.143x: a measurement bug"));
  }
}

TEST_F(SummarizeTest, AllowsAnySpeedUpWhereTransfersCompete) {
  runs_ = {example::run("raw", 0, ms(100), Time{0}), example::run("splitzip", 0, ms(60), ms(0.1))};
  runs_[0].transfers[3].applied = runs_[0].transfers[4].ready + Time(1);
  EXPECT_THAT(summarized().meta.warnings, IsEmpty());
}

TEST_F(SummarizeTest, KeepsWhatItsCallerFoundOut) {
  meta_.valid = false;
  meta_.warnings = {"the clock of host b was 3 ms off"};
  const Report report = summarized();
  EXPECT_FALSE(report.meta.valid);
  EXPECT_THAT(report.meta.warnings, ElementsAre("the clock of host b was 3 ms off"));
}

}  // namespace
}  // namespace splitbench
