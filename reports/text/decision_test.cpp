#include "reports/text/decision.hpp"

#include <gtest/gtest.h>

#include "reports/testing/example_sweep.hpp"

namespace splitbench {
namespace {

using example::ttft_report;
using Outcome = Decision::Outcome;

Row row(const std::string& arm, double ttft) {
  Row result{.axes = {{"arm", arm}}, .values = {{"ttft_p50", ttft}}};
  result.status = "ok";
  result.verdict = "stable";
  return result;
}

Outcome outcome(const Row& raw, const Row& arm) {
  return decide(ttft_report({raw, arm}), raw, arm).outcome;
}

TEST(DecisionTest, PaysFromFivePercentBeyondTheNoiseOn) {
  EXPECT_EQ(outcome(row("raw", 1.05), row("ranked", 1)), Outcome::pays);
  EXPECT_EQ(outcome(row("raw", 1.04), row("ranked", 1)), Outcome::does_not);
  Row uncertain = row("ranked", 1);
  uncertain.ci95["ttft_p50"] = 0.2;
  EXPECT_EQ(outcome(row("raw", 1.1), uncertain), Outcome::does_not);
}

TEST(DecisionTest, FiguresOfAnOverloadedSystemGainNothing) {
  Row raw = row("raw", 9), ranked = row("ranked", 1);
  raw.verdict = ranked.verdict = "overloaded";
  const Decision neither = decide(ttft_report({raw, ranked}), raw, ranked);
  EXPECT_EQ(neither.outcome, Outcome::overloaded);
  EXPECT_TRUE(neither.gains.empty());
}

TEST(DecisionTest, WhoAloneCarriesTheLoadIsBetter) {
  Row raw = row("raw", 9), ranked = row("ranked", 1);
  raw.verdict = "overloaded";
  EXPECT_EQ(outcome(raw, ranked), Outcome::pays);
  EXPECT_TRUE(decide(ttft_report({raw, ranked}), raw, ranked).gains.empty());
  EXPECT_EQ(outcome(row("raw", 9), raw), Outcome::does_not);
}

TEST(DecisionTest, TheHighestRateAloneDecidesWhateverTheLoadOfItsTrial) {
  Row raw = row("raw", 2), ranked = row("ranked", 1);
  raw.values["max_goodput_rate"] = ranked.values["max_goodput_rate"] = 4;
  Report search = ttft_report({raw, ranked});
  search.columns.push_back({"max_goodput_rate", "highest rate", "1/s", Better::higher});
  EXPECT_EQ(decide(search, raw, ranked).outcome, Outcome::does_not);
  raw.verdict = ranked.verdict = "overloaded";
  ranked.values["max_goodput_rate"] = 5;
  EXPECT_EQ(decide(search, raw, ranked).outcome, Outcome::pays);
}

TEST(DecisionTest, FiguresThatAreNotValidDecideNothing) {
  Row ranked = row("ranked", 1);
  ranked.invalid["ttft_p50"] = "intrusion";
  EXPECT_EQ(outcome(row("raw", 2), ranked), Outcome::unknown);
}

TEST(DecisionTest, IsMadeOnEveryArmThatCompresses) {
  const Report run =
      ttft_report({row("raw", 2), row("bypass", 2), row("splitzip", 1), row("auto", 1)});
  std::vector<std::string> arms;
  for (const Decision& each : decisions(run)) arms.push_back(each.arm);
  EXPECT_EQ(arms, (std::vector<std::string>{"splitzip", "auto"}));
}

}  // namespace
}  // namespace splitbench
