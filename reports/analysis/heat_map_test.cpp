#include "reports/analysis/heat_map.hpp"

#include <cmath>
#include <gtest/gtest.h>

#include "reports/testing/example_sweep.hpp"

namespace splitbench {
namespace {

const HeatMapQuestion kQuestion = {"ttft_p50", "raw", "splitzip"};

HeatMap only_map(const Report& report) {
  const std::vector<HeatMap> maps = heat_maps(report, kQuestion);
  EXPECT_EQ(maps.size(), 1u);
  return maps.at(0);
}

/// Returns a sweep of one axis in which splitzip takes 1 s and raw the given times.
Report line(const std::vector<double>& raw_seconds) {
  Report report = example::sweep(1);
  const std::vector<Row> arms = {report.rows[0], report.rows[2]};
  report.rows.clear();
  report.axes = {example::bandwidths(raw_seconds.size())};
  for (std::size_t i = 0; i < raw_seconds.size(); ++i)
    for (Row row : arms) {
      row.axes = {{"arm", row.axes["arm"]}, {"link.bandwidth", report.axes[0].values[i].text}};
      row.values["ttft_p50"] = row.axes["arm"] == "raw" ? raw_seconds[i] : 1;
      report.rows.push_back(row);
    }
  return report;
}

TEST(HeatMapTest, ACellSaysHowManyTimesBetterTheCandidateIs) {
  const Report report = example::sweep(8);
  const HeatMap map = only_map(report);
  EXPECT_EQ(map.x.key, "link.bandwidth");
  EXPECT_EQ(map.y.key, "workload.context");
  ASSERT_EQ(map.cells.size(), 8u);
  for (std::size_t y = 0; y < 8; ++y)
    for (std::size_t x = 0; x < 8; ++x) {
      const double here = *map.x.values[x].number;
      const double gain = std::pow(example::break_even(*map.y.values[y].number) / here, 0.05);
      EXPECT_NEAR(map.cells[y][x].gain->gain, gain, 1e-9);
      EXPECT_EQ(map.cells[y][x].side(), gain >= 1.005 ? 1 : gain <= 0.995 ? -1 : 0);
      EXPECT_EQ(map.cells[y][x].folder, fmt::format("points/{:03}", x * 8 + y));
    }
}

TEST(HeatMapTest, FindsWhereAGainThatIsAPowerOfTheAxisPassesOne) {
  const HeatMap map = only_map(example::sweep(8));
  for (std::size_t y = 0; y < 8; ++y) {
    ASSERT_EQ(map.along_x[y].size(), 1u);
    const Crossing crossing = map.along_x[y][0];
    EXPECT_NEAR(*crossing.at / example::break_even(*map.y.values[y].number), 1, 1e-9);
    EXPECT_GE(*crossing.at, *map.x.values[crossing.after].number);
    EXPECT_LE(*crossing.at, *map.x.values[crossing.after + 1].number);
  }
}

TEST(HeatMapTest, FindsTheSameLineWhicheverArmIsAskedFor) {
  const Report report = example::sweep(8);
  const HeatMap one = only_map(report);
  const HeatMap other = heat_maps(report, {"ttft_p50", "splitzip", "raw"}).at(0);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(one.along_x[i].at(0).after, other.along_x[i].at(0).after);
    EXPECT_NEAR(*one.along_x[i].at(0).at / *other.along_x[i].at(0).at, 1, 1e-9);
    EXPECT_EQ(one.along_y[i].size(), other.along_y[i].size());
  }
}

TEST(HeatMapTest, CellsWithinTheNoiseTurnNothing) {
  Report report = line({1.2, 0.99, 1.2, 0.8});
  report.rows[2].ci95["ttft_p50"] = 0.05;  // half width of 0.99
  const HeatMap map = only_map(report);
  EXPECT_EQ(map.cells[0][1].side(), 0);
  ASSERT_EQ(map.along_x[0].size(), 1u);
  EXPECT_EQ(map.along_x[0].at(0).after, 2u);
}

TEST(HeatMapTest, BetweenABetterAndAWorseCellTheNoiseSaysWhereOneIsPassed) {
  Report report = line({1.2, 1.01, 0.8});
  report.rows[2].ci95["ttft_p50"] = 0.05;
  EXPECT_EQ(only_map(report).along_x[0].at(0).after, 1u);
}

TEST(HeatMapTest, ACellThatIsNotValidTurnsNothing) {
  Report report = line({1.2, 0.5, 1.1});
  report.rows[3].status = "invalid";
  const HeatMap map = only_map(report);
  EXPECT_EQ(map.cells[0][1].status, "invalid");
  EXPECT_TRUE(map.along_x[0].empty());
}

TEST(HeatMapTest, ALoadThatIsNotCarriedTurnsNothingAndSaysWhoCarriesIt) {
  Report report = line({1.2, 9, 9, 9, 0.8});
  report.rows[2].verdict = "overloaded";                           // raw
  report.rows[5].verdict = "overloaded";                           // splitzip
  report.rows[6].verdict = report.rows[7].verdict = "overloaded";  // both
  const HeatMap map = only_map(report);
  EXPECT_EQ(map.cells[0][1].status, "overloaded");
  EXPECT_EQ(map.cells[0][1].carried, Carried::by_candidate);
  EXPECT_EQ(map.cells[0][2].carried, Carried::by_base);
  EXPECT_EQ(map.cells[0][3].carried, Carried::by_neither);
  EXPECT_EQ(map.cells[0][1].side(), 0);
  EXPECT_EQ(map.along_x[0].size(), 1u);
}

TEST(HeatMapTest, APointWithoutRowsOrFiguresIsFailed) {
  Report report = line({1.2, 1.1, 0.8});
  report.rows[2].values.clear();
  report.rows[2].status = "failed";
  report.rows.resize(4);
  const HeatMap map = only_map(report);
  EXPECT_EQ(map.cells[0][1].status, "failed");
  EXPECT_EQ(map.cells[0][1].gain, std::nullopt);
  EXPECT_EQ(map.cells[0][2].status, "failed");
}

TEST(HeatMapTest, TurnsAsOftenAsTheGainDoes) {
  EXPECT_EQ(only_map(line({1.2, 0.8, 1.2, 0.8})).along_x[0].size(), 3u);
  EXPECT_TRUE(only_map(line({1.2, 1.001, 0.999})).along_x[0].empty());
}

TEST(HeatMapTest, OneAxisGivesOneRow) {
  const HeatMap map = only_map(line({1.2, 0.8}));
  EXPECT_EQ(map.y.key, "");
  EXPECT_EQ(map.cells.size(), 1u);
  EXPECT_EQ(map.cells[0].size(), 2u);
}

TEST(HeatMapTest, AThirdAxisGivesAMapForEachOfItsValues) {
  Report report = example::sweep(2);
  const std::vector<Row> rows = report.rows;
  report.axes.insert(report.axes.begin(), {.key = "seed", .unit = "", .values = {{"1"}, {"2"}}});
  report.rows.clear();
  for (const char* seed : {"1", "2"})
    for (Row row : rows) {
      row.axes["seed"] = seed;
      report.rows.push_back(row);
    }
  const std::vector<HeatMap> maps = heat_maps(report, kQuestion);
  ASSERT_EQ(maps.size(), 2u);
  EXPECT_EQ(maps[1].at, (std::vector<std::pair<std::string, std::string>>{{"seed", "2"}}));
  EXPECT_EQ(maps[1].x.key, "link.bandwidth");
  EXPECT_EQ(maps[1].cells[1][1].gain, maps[0].cells[1][1].gain);
}

TEST(HeatMapTest, PredictionsStandBesideBandwidthsOnly) {
  Report report = example::sweep(3);
  const HeatMap map = only_map(report);
  ASSERT_EQ(map.predicted.size(), 3u);
  EXPECT_EQ(map.predicted[2], 700e9);
  report.meta.overlap = false;
  EXPECT_EQ(only_map(report).predicted[2], 350e9);

  report.axes[0].key = "link.latency";
  for (Row& row : report.rows) row.axes["link.latency"] = row.axes["link.bandwidth"];
  EXPECT_TRUE(heat_maps(report, kQuestion).at(0).predicted.empty());
}

TEST(HeatMapTest, ARunHasNone) {
  Report report = example::sweep(2);
  report.axes.clear();
  EXPECT_TRUE(heat_maps(report, kQuestion).empty());
}

}  // namespace
}  // namespace splitbench
