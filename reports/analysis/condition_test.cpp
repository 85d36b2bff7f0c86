#include "reports/analysis/condition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

using testing::HasSubstr;

/// Returns a report with the TTFT and the failed requests of two arms.
Report two_arms(double raw, double splitzip, double half_width = 0) {
  Report report;
  report.columns = {{"ttft_p99", "TTFT p99", "s", Better::lower},
                    {"slo_attainment", "SLO attainment", "share", Better::higher},
                    {"failed", "requests failed", "count", Better::lower}};
  report.rows.resize(2);
  report.rows[0] = {.axes = {{"arm", "raw"}}, .values = {{"ttft_p99", raw}, {"failed", 0}}};
  report.rows[1] = {.axes = {{"arm", "splitzip"}},
                    .values = {{"ttft_p99", splitzip}, {"failed", 0}}};
  for (Row& row : report.rows) row.ci95 = {{"ttft_p99", half_width}};
  return report;
}

/// Returns the arms for which the condition holds, joined.
std::string arms_broken(const std::string& condition, const Report& base, const Report& candidate) {
  std::string arms;
  for (const Broken& each :
       broken_by(parse_condition(condition), compare(base, candidate), candidate))
    arms += (arms.empty() ? "" : " ") + each.axes.at("arm");
  return arms;
}

std::string refusal(const std::string& condition) {
  try {
    arms_broken(condition, two_arms(1, 1), two_arms(1, 1));
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(ConditionTest, ARelativeOneIsOfTheChange) {
  const Report base = two_arms(0.1, 0.1), candidate = two_arms(0.104, 0.106);
  EXPECT_EQ(arms_broken("ttft_p99 > +5%", base, candidate), "splitzip");
  EXPECT_EQ(arms_broken("ttft_p99 > 3%", base, candidate), "raw splitzip");
  EXPECT_EQ(arms_broken("ttft_p99 < -3%", candidate, base), "raw splitzip");
  EXPECT_EQ(arms_broken("ttft_p99 < -5.5 %", candidate, base), "splitzip");
  EXPECT_EQ(arms_broken("ttft_p99 < 0%", base, candidate), "");
}

TEST(ConditionTest, ARelativeOneIsSilentWithinTheNoise) {
  const Report base = two_arms(0.1, 0.1, 0.01), candidate = two_arms(0.11, 0.12, 0.01);
  EXPECT_EQ(arms_broken("ttft_p99 > +5%", base, candidate), "splitzip");
}

TEST(ConditionTest, AnyFailureIsInfinitelyMoreThanNone) {
  const Report base = two_arms(1, 1);
  Report candidate = base;
  candidate.rows[0].values["failed"] = 1;
  EXPECT_EQ(arms_broken("failed > +1000%", base, candidate), "raw");
}

TEST(ConditionTest, AnAbsoluteOneIsOfTheCandidateInAnyUnitOfTheFigure) {
  const Report base = two_arms(9, 9), candidate = two_arms(0.104, 0.106);
  for (const char* condition :
       {"ttft_p99>105 ms", "ttft_p99 > 105ms", "ttft_p99 > 0.105", "ttft_p99 > 1.05e-1 s",
        "ttft_p99 > 105000 us", " ttft_p99 >= 106 ms ", "splitzip:ttft_p99 > +1 ms"})
    EXPECT_EQ(arms_broken(condition, base, candidate), "splitzip") << condition;
  EXPECT_EQ(arms_broken("ttft_p99 > 1e999 s", base, candidate), "");
  EXPECT_EQ(arms_broken("ttft_p99 <= 104 ms", base, candidate), "raw");
  EXPECT_EQ(arms_broken("ttft_p99 < 103 ms", base, candidate), "");
}

TEST(ConditionTest, AnAbsoluteOneHoldsForRowsThatTheBaseHasNot) {
  Report base = two_arms(1, 1);
  base.rows.resize(1);
  EXPECT_EQ(arms_broken("ttft_p99 > 2", base, two_arms(1, 3)), "splitzip");
}

TEST(ConditionTest, WhatNobodyHasIsNoPass) {
  EXPECT_EQ(refusal("ttft_p98 > 5%"),
            "--fail-if 'ttft_p98 > 5%': there is no ttft_p98, expected one of ttft_p99, "
            "slo_attainment, failed");
  EXPECT_THAT(refusal("ttft_p98 > 5 ms"), HasSubstr("there is no ttft_p98, expected one of "));
  EXPECT_THAT(refusal("slo_attainment < 0.99"), HasSubstr("there is no slo_attainment"));
  EXPECT_THAT(refusal("zip:ttft_p99 > 5%"), HasSubstr("there is no ttft_p99 of arm zip"));
}

TEST(ConditionTest, PercentOfAShareSaysWhatItMeans) {
  Report base = two_arms(1, 1), candidate = base;
  base.rows[0].values["slo_attainment"] = 0.99;
  candidate.rows[0].values["slo_attainment"] = 0.97;
  EXPECT_EQ(arms_broken("slo_attainment < -1%", base, candidate), "raw");
  EXPECT_EQ(arms_broken("slo_attainment < 0.98", base, candidate), "raw");
  try {
    arms_broken("slo_attainment < 98%", base, candidate);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(),
                 "--fail-if 'slo_attainment < 98%': slo_attainment is a share, expected 0.98 for "
                 "its value or +98% or -98% for its change");
  }
}

TEST(ConditionTest, ShowsTheGrammarToWhatHasNone) {
  for (const char* condition :
       {"", "ttft_p99", "ttft_p99 > ", "> 5%", "ttft_p99 = 5%", "ttft_p99 > five",
        "ttft_p99 > 5 % more", "ttft_p99 >> 5%", "ttft_p99 > +-5%", "raw: ttft_p99 > nan"})
    EXPECT_THAT(refusal(condition), HasSubstr("expected [ARM:]KEY OP [+-]N%")) << condition;
  EXPECT_EQ(refusal("ttft_p99 > 5 MB"),
            "--fail-if 'ttft_p99 > 5 MB': 'MB' is no unit of ttft_p99, which is in s");
}

}  // namespace
}  // namespace splitbench
