#include "reports/analysis/winner_map.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <string>

#include "reports/columns.hpp"
#include "reports/html/html.hpp"
#include "reports/text/answer.hpp"

namespace splitbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Tests on a sweep of one axis with the same arms at each of its points.
class WinnerMapTest : public testing::Test {
 protected:
  WinnerMapTest() {
    report_.meta = {.scenario = "map", .time = "virtual", .repeats = 1};
    report_.columns = all_columns();
    report_.axes = {{.key = "link.bandwidth", .unit = "bit/s", .values = {}}};
  }

  void add_point(const std::map<std::string, double>& seconds) {
    const double gigabits = static_cast<double>(report_.axes[0].values.size() + 1);
    report_.axes[0].values.push_back({fmt::format("{} Gbit/s", gigabits), gigabits * 1e9});
    for (const auto& [arm, time] : seconds)
      report_.rows.push_back(
          {.axes = {{"arm", arm}, {"link.bandwidth", report_.axes[0].values.back().text}},
           .values = {{"transfer_p50", time}},
           .spread = {},
           .ci95 = {},
           .status = "ok",
           .verdict = "",
           .folder = "points/000"});
  }

  std::vector<WinnerCell> line() const {
    return winner_maps(report_, "transfer_p50").at(0).cells.at(0);
  }

  Report report_;
};

TEST_F(WinnerMapTest, TheBestIsTheQuickestThatAlwaysDoesTheSame) {
  add_point({{"raw", 4}, {"bypass", 1}, {"splitzip", 3}, {"ranked", 2}, {"auto", 1}});
  EXPECT_EQ(line()[0].arm, "ranked");
  EXPECT_EQ(line()[0].gain, 2);
  EXPECT_EQ(line()[0].behind, -0.5);
  EXPECT_TRUE(line()[0].as_good.empty());
}

TEST_F(WinnerMapTest, WhatDoesNotDifferIsAsGood) {
  add_point({{"raw", 4}, {"splitzip", 2.001}, {"ranked", 2}});
  EXPECT_THAT(line()[0].as_good, ElementsAre("splitzip"));
  EXPECT_EQ(line()[0].behind, std::nullopt);
}

TEST_F(WinnerMapTest, WhatIsNotValidDoesNotWin) {
  add_point({{"raw", 4}, {"splitzip", 3}, {"ranked", 2}});
  report_.rows[1].status = "invalid";  // rows are ordered by arm: ranked, raw, splitzip
  report_.rows[0].status = "invalid";
  EXPECT_EQ(line()[0].arm, "splitzip");
  report_.rows[2].status = "failed";
  EXPECT_EQ(line()[0].arm, "");
}

TEST_F(WinnerMapTest, AnArmThatDoesNotCarryTheLoadDoesNotWin) {
  add_point({{"raw", 9}, {"splitzip", 3}, {"ranked", 2}});
  report_.rows[0].verdict = report_.rows[1].verdict = "overloaded";  // ranked, raw
  EXPECT_EQ(line()[0].arm, "splitzip");
  EXPECT_EQ(line()[0].gain, std::nullopt);
}

TEST_F(WinnerMapTest, TwoArmsNeedNoMapOfWinners) {
  add_point({{"raw", 4}, {"splitzip", 3}, {"bypass", 4}, {"auto", 3}});
  EXPECT_TRUE(winner_maps(report_, "transfer_p50").empty());
  EXPECT_TRUE(winner_answer(report_).empty());
}

TEST_F(WinnerMapTest, SaysWhoWinsHowOftenAndWhatAutoLoses) {
  add_point({{"raw", 4}, {"splitzip", 3}, {"ranked", 2}, {"auto", 2}});
  add_point({{"raw", 4}, {"splitzip", 3}, {"ranked", 2}, {"auto", 2.1}});
  add_point({{"raw", 1}, {"splitzip", 3}, {"ranked", 2}, {"auto", 1.01}});
  EXPECT_THAT(winner_answer(report_),
              ElementsAre("the quickest transfer (median) of 3 points: ranked at 2, raw at 1",
                          "auto: within 2% of the quickest at 2 of 3 points; at worst 5.0% "
                          "behind (link.bandwidth 2 Gbit/s)"));
  EXPECT_THAT(answer(report_), testing::Contains(HasSubstr("ranked at 2, raw at 1")));
}

TEST_F(WinnerMapTest, ThePageNamesTheWinnerOfEachPoint) {
  add_point({{"raw", 4}, {"splitzip", 3}, {"ranked", 2}, {"auto", 2}});
  const std::string page = to_html(report_);
  EXPECT_THAT(page, HasSubstr("Which arm wins"));
  EXPECT_THAT(page, HasSubstr(">ranked 2.00<"));
}

}  // namespace
}  // namespace splitbench
