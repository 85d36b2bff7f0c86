#include "reports/text/search_answer.hpp"

#include <gmock/gmock.h>

namespace splitbench {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Returns a search by raw alone for the rate that 90% of the requests bear, with these trials.
Report search(std::map<std::string, double> values,
              const std::vector<std::pair<double, double>>& trials) {
  Report report;
  report.meta.slo_target = 0.9;
  report.rows.push_back({.axes = {{"arm", "raw"}}, .values = std::move(values), .status = "ok"});
  for (const auto& [rate, attainment] : trials)
    report.trials.push_back({{{"arm", "raw"}}, rate, attainment});
  return report;
}

TEST(SearchAnswerTest, SaysNothingWhereTheSloIsTheLimit) {
  EXPECT_THAT(search_answer(search({{"max_goodput_rate", 4}, {"refused_rate", 4.2}},
                                   {{4, 0.93}, {4.2, 0.88}})),
              IsEmpty());
  EXPECT_THAT(search_answer(Report{}), IsEmpty());
}

TEST(SearchAnswerTest, SaysWhereTheLoadIsTheLimit) {
  EXPECT_THAT(search_answer(search({{"max_goodput_rate", 4}, {"refused_rate", 4.2}},
                                   {{4, 1}, {4.2, 0.985}, {8, 0.95}})),
              ElementsAre("limited by the load, not by the SLO: raw (at 4.2 /s 98.5% of the "
                          "requests meet it, but that load is not carried)"));
}

TEST(SearchAnswerTest, SaysWhereEveryTrialPassed) {
  EXPECT_THAT(search_answer(search({{"max_goodput_rate", 1e6}}, {{5e5, 1}, {1e6, 1}})),
              ElementsAre("within SLO at the highest rate that was tried: raw (1000000 /s)"));
}

TEST(SearchAnswerTest, SaysWhereNoRatePassesAndListsTheFirstFew) {
  Report report = search({{"attainment_plateau", 0.52}}, {});
  report.axes = {{"link.bandwidth", "bit/s", {}}};
  report.rows.front().axes["link.bandwidth"] = "1 Gbit/s";
  report.rows.resize(6, report.rows.front());
  const std::string one =
      "raw at link.bandwidth 1 Gbit/s (52.0% of the requests meet it however low the rate)";
  EXPECT_THAT(search_answer(report), ElementsAre("no rate within SLO: " + one + ", " + one + ", " +
                                                 one + ", " + one + " and 2 more"));
}

}  // namespace
}  // namespace splitbench
