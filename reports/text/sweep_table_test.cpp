#include <algorithm>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <sstream>

#include "reports/analysis/aggregate.hpp"
#include "reports/columns.hpp"
#include "reports/text/table.hpp"

namespace splitbench {
namespace {

using testing::HasSubstr;
using testing::Not;

Row row(const std::string& bandwidth, const std::string& arm, double ttft, double rate,
        double ci95) {
  return {.axes = {{"arm", arm}, {"link.bandwidth", bandwidth}, {"workload.context", "8k"}},
          .values = {{"transfer_p50", ttft / 2},
                     {"ttft_p50", ttft},
                     {"ttft_p99", 2 * ttft},
                     {"request_throughput", rate}},
          .spread = {},
          .ci95 = {{"ttft_p50", ci95}},
          .status = "ok",
          .verdict = "stable",
          .folder = bandwidth == "10 Gbit/s" ? "points/000" : "points/001"};
}

Report sweep() {
  Report report{.meta = {.scenario = "grid",
                         .seed = 1,
                         .time = "virtual",
                         .backend = "h200",
                         .model = "qwen3-32b",
                         .repeats = 3},
                .columns = all_columns(),
                .rows = {row("10 Gbit/s", "raw", 0.4, 2.5, 0.01),
                         row("10 Gbit/s", "splitzip", 0.3, 3.3, 0.01),
                         row("100 Gbit/s", "raw", 0.04, 25, 0.01),
                         row("100 Gbit/s", "splitzip", 0.039, 25.5, 0.01)},
                .axes = {{"link.bandwidth", "bit/s", {{"10 Gbit/s", 1e10}, {"100 Gbit/s", 1e11}}},
                         {"workload.context", "count", {{"8k", 8192}}}}};
  return report;
}

TEST(SweepTableTest, SetsEachArmAgainstRawAtTheSamePoint) {
  EXPECT_EQ(to_sweep_table(sweep()),
            R"(grid · qwen3-32b · h200 · virtual time · seed 1 · 2 points · valid

does it pay here: splitzip at 1 of 2 points
TTFT (median), splitzip: 1.05x and more up to 10 Gbit/s; at best 1.33x (link.bandwidth 10 Gbit/s,
                         workload.context 8k)
the transfer alone (median), splitzip: 1.05x and more up to 10 Gbit/s; at best 1.33x (link.bandwidth
                                       10 Gbit/s, workload.context 8k)
request throughput, splitzip: 1.05x and more up to 10 Gbit/s; at best 1.32x (link.bandwidth 10
                              Gbit/s, workload.context 8k)

bandwidth   context  arm       transfer p50        TTFT p50        TTFT p99      requests/s
10 Gbit/s   8k       raw           200 ms          400 ms          800 ms             2.5        stable
10 Gbit/s   8k       splitzip      150 ms 1.33x    300 ms 1.33x    600 ms 1.33x       3.3 1.32x  stable
100 Gbit/s  8k       raw            20 ms           40 ms           80 ms              25        stable
100 Gbit/s  8k       splitzip     19.5 ms 1.03x     39 ms     ~     78 ms 1.03x      25.5 1.02x  stable

varied: link.bandwidth, workload.context
1.25x better than raw at the same point, below 1 worse    ~ within the noise
)");
}

TEST(SweepTableTest, IsTheTableOfAReportWithAxes) {
  EXPECT_EQ(to_table(sweep()), to_sweep_table(sweep()));
}

TEST(SweepTableTest, APointWithoutAResultSaysSo) {
  Report report = sweep();
  report.rows[1].values.clear();
  report.rows[1].status = "failed";
  EXPECT_THAT(
      to_sweep_table(report),
      HasSubstr(
          "splitzip           -               -               -               -        failed\n"));
}

TEST(SweepTableTest, ComparesNothingWhereThePointHasNoRawArm) {
  Report report = sweep();
  report.rows.erase(report.rows.begin());
  const std::string table = to_sweep_table(report);
  EXPECT_THAT(table, Not(HasSubstr("1.33x")));
  EXPECT_THAT(table, HasSubstr("~"));  // the other point
}

TEST(SweepTableTest, TellsLongLabelsApartInAColumnAsWideAsTheLongest) {
  Report report = sweep();
  for (Row& each : report.rows)
    each.axes["workload.context"] = each.axes["arm"] == "raw"
                                        ? "lognormal(median 1020, p99 4142, max 16k)"
                                        : "lognormal(median 1020, p99 4142, max 8k)";
  const std::string table = to_sweep_table(report);
  EXPECT_THAT(table, HasSubstr("context                                    arm       transfer"));
  EXPECT_THAT(table, HasSubstr("lognormal(median 1020, p99 4142, max 16k)  raw       "));
  EXPECT_THAT(table, HasSubstr("lognormal(median 1020, p99 4142, max 8k)   splitzip  "));
}

TEST(SweepTableTest, FitsAHundredAndTwentyColumnsWhereLabelsAreShort) {
  Report report = sweep();
  for (Row& each : report.rows) each.verdict = "overloaded";
  std::istringstream lines(to_sweep_table(report));
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; }), 120) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
}

TEST(SweepTableTest, ShowsTheFirstOfManyWarnings) {
  Report report = sweep();
  for (int i = 0; i < 20; ++i) report.meta.warnings.push_back(fmt::format("warning {}", i));
  const std::string table = to_sweep_table(report);
  EXPECT_THAT(table, HasSubstr("  ! warning 11\n  ! and 8 more, in report.json\n"));
  EXPECT_THAT(table, Not(HasSubstr("warning 12")));
}

TEST(SweepTableTest, HasColumnsOfTheSloWhereThereIsOne) {
  Report report = sweep();
  for (Row& each : report.rows) {
    each.values["slo_attainment"] = 0.95;
    each.values["request_goodput"] = each.axes["arm"] == "raw" ? 2 : 3;
  }
  const std::string table = to_sweep_table(report);
  EXPECT_THAT(table, HasSubstr("within SLO       goodput/s    transfer p50"));
  EXPECT_THAT(table, HasSubstr("95 %     ~         3 1.50x    150 ms 1.33x"));
}

TEST(SweepTableTest, AlignsWhateverTheLengthOfNamesAndFigures) {
  Report report = sweep();
  report.rows[0].axes["arm"] = "a-codec-with-a-name-as-long-as-they-come";
  report.rows[1].axes["link.bandwidth"] = "10 µbit/s";
  report.rows[1].values["request_throughput"] = 123456789012;
  std::istringstream lines(to_sweep_table(report));
  std::set<std::ptrdiff_t> places;
  for (std::string line; std::getline(lines, line);)
    if (line.ends_with("  stable"))
      places.insert(std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; }));
  EXPECT_EQ(places.size(), 1u);
}

TEST(SweepTableTest, NamesAxesInFullWhereTheirLastWordsAreTheSame) {
  Report report = sweep();
  report.axes[1].key = "other.bandwidth";
  for (Row& each : report.rows) each.axes["other.bandwidth"] = "x";
  EXPECT_THAT(to_sweep_table(report), HasSubstr("link.bandwidth  other.bandwidth  arm"));
}

}  // namespace
}  // namespace splitbench
