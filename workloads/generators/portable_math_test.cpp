#include <cmath>
#include <gtest/gtest.h>

#include "workloads/generators/random.hpp"

namespace splitbench {
namespace {

constexpr double kUlp = 0x1p-52;

TEST(PortableMathTest, TheLogarithmIsTrueOverAllMagnitudes) {
  for (double x = 1e-300; x < 1e300; x *= 1.037)
    EXPECT_NEAR(natural_log(x), std::log(x), 2 * kUlp * std::abs(std::log(x))) << x;
  for (double x = 0.5; x < 2; x += 0.00013)
    EXPECT_NEAR(natural_log(x), std::log(x), 2 * kUlp * std::max(std::abs(std::log(x)), 0.5)) << x;
  EXPECT_EQ(natural_log(1), 0);
}

TEST(PortableMathTest, TheExponentialIsTrueAndUndoesTheLogarithm) {
  for (double x = -700; x < 700; x += 0.037)
    EXPECT_NEAR(exponential_of(x) / std::exp(x), 1, 4 * kUlp) << x;
  EXPECT_EQ(exponential_of(0), 1);
  EXPECT_EQ(exponential_of(-1e9), 0);
  EXPECT_TRUE(std::isinf(exponential_of(1e9)));
}

TEST(PortableMathTest, PowersAreTrue) {
  for (double x = 0.01; x < 1000; x *= 1.1)
    for (double y = -5; y < 5; y += 0.21)
      EXPECT_NEAR(power(x, y) / std::pow(x, y), 1, 64 * kUlp) << x << '^' << y;
}

TEST(PortableMathTest, TheGammaFunctionIsTrue) {
  for (double x = 1; x < 100; x += 0.037)
    EXPECT_NEAR(gamma_function(x) / std::tgamma(x), 1, 1e-12) << x;
}

/// The bits are those that any other compiler and library must give, too.
TEST(PortableMathTest, GivesTheSameBitsEverywhere) {
  EXPECT_EQ(natural_log(0.1), -0x1.26bb1bbb55515p+1);
  EXPECT_EQ(exponential_of(10), 0x1.5829dcf95056p+14);
  EXPECT_EQ(power(3.3, 0.7), 0x1.273c7cfb01256p+1);
  EXPECT_EQ(gamma_function(4.5), 0x1.74371e7866c5ep+3);
}

}  // namespace
}  // namespace splitbench
