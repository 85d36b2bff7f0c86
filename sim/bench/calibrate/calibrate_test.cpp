#include "sim/bench/calibrate/calibrate.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace splitbench {
namespace {

std::vector<SizedTime> times_of(double rate, double call) {
  std::vector<SizedTime> times;
  for (const double bytes : {8e6, 64e6, 512e6}) times.push_back({bytes, call + bytes / rate});
  return times;
}

TEST(CalibrateFitTest, GivesBackWhatTheTimesWereMadeOf) {
  const Speed speed = fit_speed(times_of(2e12, 15e-6));
  EXPECT_NEAR(speed.rate, 2e12, 1e6);
  EXPECT_NEAR(speed.call, 15e-6, 1e-11);
  EXPECT_NEAR(speed.deviation, 0, 1e-9);
}

TEST(CalibrateFitTest, ACallNeverCostsLessThanNothing) {
  const Speed speed = fit_speed(times_of(5e9, -1e-4));
  EXPECT_EQ(speed.call, 0);
  EXPECT_GT(speed.rate, 5e9);
  EXPECT_GT(speed.deviation, 0.01);
}

TEST(CalibrateFitTest, WithAKnownCallOnlyTheRateIsFound) {
  EXPECT_NEAR(fit_rate(times_of(5e9, 1e-4), 1e-4).rate, 5e9, 1e3);
}

TEST(CalibrateFitTest, SmallSizesWeighAsMuchAsLargeOnes) {
  std::vector<SizedTime> times = times_of(1e9, 1e-3);
  times.front().seconds *= 1.1;
  const Speed speed = fit_speed(times);
  EXPECT_NEAR(speed.rate, 1e9, 0.01e9);
  EXPECT_GT(speed.call, 1.2e-3);
}

}  // namespace
}  // namespace splitbench
