#include "workloads/decimal_text.hpp"

#include <gtest/gtest.h>

namespace splitbench {
namespace {

TEST(DecimalTextTest, WhatRoundsToZeroHasNoSign) {
  for (const double zero : {0.0, -0.0, 0.0004, -0.0004}) {
    EXPECT_EQ(decimal_text(zero, 3), "0.000") << zero;
    EXPECT_EQ(signed_decimal_text(zero, 3), "0.000") << zero;
    EXPECT_EQ(decimal_text(zero, 0), "0") << zero;
    EXPECT_EQ(decimal_text(zero - 0.4, 0), "0") << zero;
  }
}

TEST(DecimalTextTest, EveryOtherValueKeepsItsSign) {
  EXPECT_EQ(decimal_text(-0.0006, 3), "-0.001");
  EXPECT_EQ(decimal_text(-100, 1), "-100.0");
  EXPECT_EQ(decimal_text(1.25, 1), "1.2");
  EXPECT_EQ(signed_decimal_text(-0.0006, 3), "-0.001");
  EXPECT_EQ(signed_decimal_text(1.5, 2), "+1.50");
}

}  // namespace
}  // namespace splitbench
