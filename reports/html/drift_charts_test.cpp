#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reports/html/charts.hpp"
#include "reports/html/html.hpp"
#include "reports/json.hpp"
#include "reports/testing/example_drift.hpp"
#include "reports/text/answer.hpp"

namespace splitbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Report drifting_report() {
  RunRecord splitzip = example::drifting_run("splitzip", 0, 40);
  splitzip.codebook_changes = {{.scope = 0, .job = 20, .prefill_worker = 0}};
  const std::vector<RunRecord> runs = {example::drifting_run("raw", 0, 40), splitzip};
  return summarize(example::meta(), runs, {});
}

/// Returns a series whose ratio falls when it drifts, and ends at `end`.
DriftSeries series(const std::string& kind, const std::string& policy, double end) {
  DriftSeries made{.axes = {{"arm", "splitzip"}, {"kind", kind}, {"policy", policy}}};
  for (std::uint64_t id = 0; id < 4; ++id)
    made.points.push_back({.request = id,
                           .drift = id == 0 ? 0.0 : 1.0,
                           .ratio = id == 0   ? 1.3
                                    : id == 3 ? end
                                              : 0.9,
                           .ideal_ratio = 1.3,
                           .escape_rate = 0.1,
                           .transfer = {},
                           .ttft = {}});
  return made;
}

Report cases() {
  Report report;
  report.axes = {{"kind", "", {{"scale_shift", {}}, {"padding", {}}}},
                 {"policy", "", {{"fixed", {}}, {"recalibrate", {}}}}};
  report.drift = {series("scale_shift", "fixed", 0.9), series("scale_shift", "recalibrate", 1.29),
                  series("padding", "fixed", 1.3), series("padding", "recalibrate", 1.3)};
  return report;
}

TEST(DriftChartTest, ARunHasALineForEachArmBesideTheBestAndTheDrift) {
  const nlohmann::ordered_json drawn = drift_charts(drifting_report());
  EXPECT_TRUE(drawn["choices"].empty());
  ASSERT_EQ(drawn["groups"].size(), 1u);
  const nlohmann::ordered_json& ratio = drawn["groups"][0]["charts"]["drift_ratio"];
  std::vector<std::string> names;
  for (const auto& line : ratio["series"]) names.push_back(line["name"]);
  EXPECT_THAT(names, ElementsAre("raw", "splitzip", "best codebooks", "drift, 0 to 1"));
  EXPECT_EQ(ratio["series"][1]["points"].size(), 40u);
  EXPECT_EQ(ratio["marks"][0].dump(), R"([20,"arm-splitzip"])");
  EXPECT_EQ(drawn["groups"][0]["charts"]["drift_transfer"]["series"].size(), 2u);
}

TEST(DriftChartTest, CasesHaveChartsEachAndALineForEachPolicy) {
  const nlohmann::ordered_json drawn = drift_charts(cases());
  EXPECT_EQ(drawn["choices"].dump(), R"([{"title":"kind","values":["scale_shift","padding"]}])");
  EXPECT_EQ(drawn["names"].dump(), R"(["drift_ratio","drift_escapes"])");
  ASSERT_EQ(drawn["groups"].size(), 2u);
  EXPECT_EQ(drawn["groups"][1]["at"].dump(), "[1]");
  EXPECT_EQ(drawn["groups"][1]["charts"]["drift_ratio"]["series"][0]["colour"], "policy-fixed");
}

TEST(DriftChartTest, APageHasPlacesForThemOnlyWhereSomethingDrifted) {
  EXPECT_THAT(to_html(drifting_report()), HasSubstr("data-chart=\"drift_ratio\""));
  EXPECT_THAT(to_html(example::report()), Not(HasSubstr("data-chart=\"drift")));
}

TEST(DriftChartTest, AStoredReportGivesTheSeriesBack) {
  const Report report = drifting_report();
  EXPECT_EQ(report_from_json(to_json(report), "report.json"), report);
  EXPECT_THAT(to_json(example::report()), Not(HasSubstr("\"drift\"")));
}

TEST(DriftAnswerTest, SaysHowLowARunFellAndWhetherItCameBack) {
  EXPECT_THAT(
      drift_answer(drifting_report()),
      ElementsAre("ratio while the exponents drifted: 1.100 at worst (request 16, where the "
                  "best codebooks give 1.333), not back within 1% of the best by the end"));
}

TEST(DriftAnswerTest, SaysOfEachPolicyInHowManyCasesItCameBack) {
  EXPECT_THAT(
      drift_answer(cases()),
      ElementsAre("fixed: within 1% of the best codebooks at the end in 1 of 2 cases, at "
                  "worst a ratio of 0.900",
                  "recalibrate: within 1% of the best codebooks at the end in 2 of 2 cases, "
                  "at worst a ratio of 0.900"));
}

TEST(DriftAnswerTest, ASeriesIsBackWhereItStays) {
  EXPECT_EQ(back_at(series("", "", 1.29)), 3u);
  EXPECT_EQ(back_at(series("", "", 1.2)), std::nullopt);
}

}  // namespace
}  // namespace splitbench
