#include "sim/sweep/max_rate.hpp"

#include <gtest/gtest.h>

namespace splitbench {
namespace {

/// Searches a system that passes up to `limit`, and returns the number of trials.
int search(RateSearch& search, double limit) {
  int trials = 0;
  while (const auto rate = search.next()) {
    search.take(*rate <= limit);
    if (++trials > 100) break;
  }
  return trials;
}

TEST(RateSearchTest, FindsTheLimitWithinItsPrecisionFromAnywhere) {
  for (const double limit : {0.003, 0.7, 1.0, 3.14159, 950.0, 12'345.0})
    for (const double first : {0.01, 1.0, 3.0, 5000.0})
      for (const double precision : {0.2, 0.05, 0.01}) {
        RateSearch rates(first, precision);
        EXPECT_LE(search(rates, limit), 40);
        ASSERT_TRUE(rates.passed() && rates.refused());
        EXPECT_LE(*rates.passed(), limit);
        EXPECT_GT(*rates.refused(), limit);
        EXPECT_LE(*rates.refused(), (1 + precision) * *rates.passed());
      }
}

TEST(RateSearchTest, EndsWhereNothingPassesOrEverythingDoes) {
  RateSearch none(1, 0.05), all(1, 0.05);
  EXPECT_LE(search(none, 0), 40);
  EXPECT_FALSE(none.passed());
  EXPECT_LE(search(all, 1e12), 40);
  EXPECT_EQ(all.passed(), kHighestRate);
  EXPECT_FALSE(all.refused());
}

TEST(RateSearchTest, TheSameAnswersLeadToTheSameTrials) {
  RateSearch one(2, 0.05), other(2, 0.05);
  while (const auto rate = one.next()) {
    EXPECT_EQ(other.next(), rate);
    one.take(*rate < 77);
    other.take(*rate < 77);
  }
}

}  // namespace
}  // namespace splitbench
