#include "sim/sweep/max_rate.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace splitbench {
namespace {

/// Searches a system that meets its SLOs up to `limit` and carries loads up to `capacity`, and
/// returns the number of trials.
int search(RateSearch& search, double limit, double capacity = 1e9) {
  int trials = 0;
  while (const auto rate = search.next()) {
    search.take({.rate = *rate,
                 .attainment = *rate <= limit ? 1.0 : 0.0,
                 .throughput = std::min(*rate, capacity),
                 .verdict = *rate <= 0.7 * capacity ? Verdict::backlogged : Verdict::overloaded});
    if (++trials > 100) break;
  }
  return trials;
}

TEST(RateSearchTest, FindsTheLimitWithinItsPrecisionFromAnywhere) {
  for (const double limit : {0.003, 0.7, 1.0, 3.14159, 950.0, 12'345.0})
    for (const double first : {0.01, 1.0, 3.0, 5000.0})
      for (const double precision : {0.2, 0.05, 0.01}) {
        RateSearch rates(first, {.precision = precision});
        EXPECT_LE(search(rates, limit), 40);
        ASSERT_TRUE(rates.passed() && rates.refused());
        EXPECT_LE(*rates.passed(), limit);
        EXPECT_GT(*rates.refused(), limit);
        EXPECT_LE(*rates.refused(), (1 + precision) * *rates.passed());
      }
}

TEST(RateSearchTest, EndsWhereNothingPassesOrEverythingDoes) {
  RateSearch none(1, {}), all(1, {});
  EXPECT_LE(search(none, 0), 40);
  EXPECT_FALSE(none.passed());
  EXPECT_LE(search(all, 1e12), 40);
  EXPECT_EQ(all.passed(), kHighestRate);
  EXPECT_FALSE(all.refused());
}

TEST(RateSearchTest, FindsWhatIsCarriedWhereTheSloLimitsNothing) {
  for (const double first : {0.01, 1.0, 3.0, 5000.0}) {
    RateSearch rates(first, {.precision = 0.05});
    EXPECT_LE(search(rates, 1e12, 5.3), 40);
    ASSERT_TRUE(rates.passed() && rates.refused());
    EXPECT_LE(*rates.passed(), 5.3);
    EXPECT_GT(*rates.refused(), 5.3);
    EXPECT_LE(*rates.refused(), 1.05 * *rates.passed());
  }
}

TEST(RateSearchTest, ALittleOverloadThatStillMeetsTheSloIsNoLimit) {
  RateSearch rates(1, {.precision = 0.05});
  search(rates, 7, 5.3);
  ASSERT_TRUE(rates.passed());
  EXPECT_GT(*rates.passed(), 6.6);
  EXPECT_LE(*rates.passed(), 7);
}

TEST(RateSearchTest, EndsWhereTheAttainmentStandsStillHoweverLowTheRate) {
  RateSearch rates(3, {.attainment = 0.9});
  int trials = 0;
  while (const auto rate = rates.next()) {
    rates.take({.rate = *rate,
                .attainment = *rate > 0.2 ? 0.1 : 0.52,
                .throughput = *rate,
                .verdict = *rate < 1 ? Verdict::stable : Verdict::backlogged});
    ++trials;
  }
  EXPECT_EQ(trials, 7);  // 3, 1.5, 0.75, 0.375, 0.1875, 0.09375, 0.04688
  EXPECT_EQ(rates.plateau(), 0.52);
  EXPECT_FALSE(rates.passed());
  EXPECT_EQ(rates.tried().front().rate, 0.04688);
  EXPECT_EQ(rates.tried().back().rate, 3);
}

TEST(RateSearchTest, GoesOnWhileRequestsWait) {
  RateSearch rates(8, {.attainment = 0.9});
  for (int trial = 0; trial < 5; ++trial) {
    ASSERT_TRUE(rates.next());
    rates.take({.rate = *rates.next(), .verdict = Verdict::overloaded});
  }
  EXPECT_FALSE(rates.plateau());
  EXPECT_EQ(rates.next(), 0.25);
}

TEST(RateSearchTest, GoesOnWhileALowerRateHelpsAtAll) {
  RateSearch rates(8, {.attainment = 0.9});
  double attainment = 0.4;
  while (const auto rate = rates.next())
    rates.take({.rate = *rate, .attainment = attainment += 0.01});
  EXPECT_FALSE(rates.plateau());
}

TEST(RateSearchTest, TheSameAnswersLeadToTheSameTrials) {
  RateSearch one(2, {}), other(2, {});
  while (const auto rate = one.next()) {
    EXPECT_EQ(other.next(), rate);
    one.take({.rate = *rate, .attainment = *rate < 77 ? 1.0 : 0.0});
    other.take({.rate = *rate, .attainment = *rate < 77 ? 1.0 : 0.0});
  }
}

}  // namespace
}  // namespace splitbench
