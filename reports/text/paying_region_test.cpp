#include "reports/text/paying_region.hpp"

#include <gtest/gtest.h>
#include <map>

namespace splitbench {
namespace {

/// Returns a sweep of bandwidths and contexts in which splitzip has these gains over raw, a line
/// for each context.
Report grid(const std::vector<std::vector<double>>& gains) {
  Report report;
  report.columns = {{"ttft_p50", "TTFT p50", "s", Better::lower}};
  Axis bandwidths{.key = "link.bandwidth", .unit = "bit/s", .values = {}};
  Axis contexts{.key = "workload.context", .unit = "count", .values = {}};
  for (const double gigabits : {10.0, 25.0, 100.0, 400.0})
    bandwidths.values.push_back({std::to_string(int(gigabits)) + " Gbit/s", gigabits * 1e9});
  for (std::size_t y = 0; y < gains.size(); ++y)
    contexts.values.push_back({std::to_string(1 << y) + "k", 1024.0 * (1 << y)});
  report.axes = {bandwidths, contexts};
  for (std::size_t y = 0; y < gains.size(); ++y)
    for (std::size_t x = 0; x < gains[y].size(); ++x)
      for (const char* arm : {"raw", "splitzip"}) {
        Row row{.axes = {{"arm", arm},
                         {"link.bandwidth", bandwidths.values[x].text},
                         {"workload.context", contexts.values[y].text}},
                .status = "ok"};
        row.values["ttft_p50"] = std::string(arm) == "raw" ? gains[y][x] : 1;
        report.rows.push_back(row);
      }
  return report;
}

std::string region(const Report& report) {
  return paying_region(report, "ttft_p50", "splitzip");
}

TEST(PayingRegionTest, IsTheSameForAllContextsOrNamesThem) {
  EXPECT_EQ(region(grid({{1.3, 1.2, 1.0, 0.9}, {1.3, 1.2, 1.0, 0.9}})), "up to 25 Gbit/s");
  EXPECT_EQ(region(grid({{1.3, 1.3, 1.2, 1.0}, {1.3, 1.3, 1.2, 1.0}, {1.3, 1.2, 1.0, 1.0}})),
            "up to 100 Gbit/s at workload.context 1k to 2k, up to 25 Gbit/s at 4k");
  EXPECT_EQ(region(grid({{1.3, 1.3, 1.2, 1.1}, {1, 1, 1, 1}})),
            "at every link.bandwidth at workload.context 1k, nowhere at 2k");
}

TEST(PayingRegionTest, NamesTheValuesWhereTheyAreNoRange) {
  EXPECT_EQ(region(grid({{1.0, 1.0, 1.2, 1.3}})), "from 100 Gbit/s on");
  EXPECT_EQ(region(grid({{1.2, 1.0, 1.2, 1.0}})), "at link.bandwidth 10 Gbit/s, 100 Gbit/s");
  EXPECT_EQ(region(grid({{1.04, 1.0, 1.0, 1.0}})), "nowhere");
}

TEST(PayingRegionTest, CountsNoPointThatIsNotValid) {
  Report report = grid({{1.3, 1.3, 1.3, 1.0}});
  for (Row& row : report.rows)
    if (row.axes["link.bandwidth"] == "100 Gbit/s") row.invalid["ttft_p50"] = "intrusion";
  for (Row& row : report.rows)
    if (!row.invalid.empty()) row.status = "invalid";
  EXPECT_EQ(region(report), "up to 25 Gbit/s");
}

TEST(PayingRegionTest, SaysWhereALoadIsNotCarriedAndCountsItNot) {
  Report report = grid({{1.3, 1.3, 1.3, 1.0}});
  EXPECT_EQ(carried_region(report, "raw"), "at every link.bandwidth");
  for (Row& row : report.rows)
    if (row.axes["link.bandwidth"] == "10 Gbit/s" && row.axes["arm"] == "raw")
      row.verdict = "overloaded";
  EXPECT_EQ(carried_region(report, "raw"), "from 25 Gbit/s on");
  EXPECT_EQ(carried_region(report, "splitzip"), "at every link.bandwidth");
  EXPECT_EQ(region(report), "at link.bandwidth 25 Gbit/s, 100 Gbit/s");
  report.rows[2].verdict = "overloaded";
  report.rows[4].verdict = "overloaded";
  report.rows[6].verdict = "overloaded";
  EXPECT_EQ(region(report), "");
}

TEST(PayingRegionTest, IsToldAlongTheLoadWhereThatVaries) {
  Report report = grid({{1.3, 1.3, 1.3, 1.3}, {1.0, 1.3, 1.3, 1.3}});
  for (Row& row : report.rows)
    row.axes["workload.rate"] = row.axes.extract("workload.context").mapped();
  report.axes.back().key == "workload.context" ? report.axes.back().key = "workload.rate"
                                               : report.axes.front().key = "workload.rate";
  EXPECT_EQ(
      region(report),
      "up to 1k at link.bandwidth 10 Gbit/s, at every workload.rate at 25 Gbit/s to 400 Gbit/s");
}

TEST(PayingRegionTest, IsEmptyOfARun) {
  Report run;
  run.columns = {{"ttft_p50", "TTFT p50", "s", Better::lower}};
  EXPECT_EQ(region(run), "");
}

}  // namespace
}  // namespace splitbench
