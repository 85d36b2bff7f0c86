#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reports/html/charts.hpp"
#include "reports/html/html.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;

/// Returns a sweep of rates in which raw has these attainments and splitzip always meets its SLO.
Report sweep(const std::vector<double>& raw) {
  Report report;
  report.columns = {{"slo_attainment", "SLO attainment", "share", Better::higher}};
  report.axes = {{.key = "workload.rate", .unit = "1/s", .values = {}}};
  double rate = 1;
  for (const double share : raw) {
    report.axes[0].values.push_back({std::to_string(int(rate)) + " /s", rate});
    for (const char* arm : {"raw", "splitzip"})
      report.rows.push_back(
          {.axes = {{"arm", arm}, {"workload.rate", report.axes[0].values.back().text}},
           .values = {{"slo_attainment", arm == std::string("raw") ? share : 1}},
           .status = "ok"});
    rate *= 2;
  }
  return report;
}

TEST(AttainmentChartsTest, SaysUpToWhichRateEachArmMeetsItsTarget) {
  const Json charts = attainment_charts(sweep({1, 1, 0.8, 0}));
  ASSERT_EQ(charts.size(), 1u);
  const Json& chart = charts[0]["chart"];
  EXPECT_EQ(chart["series"].size(), 3u);  // raw, splitzip and the target
  EXPECT_EQ(chart["note"],
            "90% up to raw 2.83, splitzip > 8 /s");  // half way from 2 to 4, by ratio
  ASSERT_EQ(chart["marks"].size(), 1u);
  EXPECT_NEAR(chart["marks"][0][0], 2.8284, 1e-4);
  EXPECT_EQ(chart["marks"][0][1], "arm-raw");
}

TEST(AttainmentChartsTest, AnArmThatNeverMeetsItIsBelowTheLowestRate) {
  EXPECT_EQ(attainment_charts(sweep({0.5, 0.1}))[0]["chart"]["note"],
            "90% up to raw < 1, splitzip > 2 /s");
}

TEST(AttainmentChartsTest, ASearchShowsItsTrialsAndItsOwnTarget) {
  Report search;
  search.meta.slo_target = 0.5;
  search.trials = {{{{"arm", "raw"}}, 4, 1}, {{{"arm", "raw"}}, 16, 0}};
  const Json charts = attainment_charts(search);
  EXPECT_EQ(charts[0]["at"], Json::array());
  EXPECT_EQ(charts[0]["chart"]["note"], "50% up to raw 8 /s");
  EXPECT_THAT(to_html(search), testing::HasSubstr("data-chart=\"attainment-0\""));
}

TEST(AttainmentChartsTest, OtherAxesHaveAChartForEachOfTheirPoints) {
  Report report = sweep({1, 0});
  report.axes.push_back({"seed", "", {{"1"}, {"2"}}});
  const std::vector<Row> rows = report.rows;
  report.rows.clear();
  for (const char* seed : {"1", "2"})
    for (Row row : rows) {
      row.axes["seed"] = seed;
      report.rows.push_back(row);
    }
  const Json charts = attainment_charts(report);
  ASSERT_EQ(charts.size(), 2u);
  EXPECT_EQ(charts[1]["at"], Json::array({"seed=2"}));
}

TEST(AttainmentChartsTest, ThereIsNoneWithoutRates) {
  Report report = sweep({1, 0});
  report.axes[0].key = "link.bandwidth";
  for (Row& row : report.rows) row.axes["link.bandwidth"] = row.axes["workload.rate"];
  EXPECT_TRUE(attainment_charts(report).empty());
}

}  // namespace
}  // namespace splitbench
