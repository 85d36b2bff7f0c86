#include "workloads/generators/rate_schedule.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace splitbench {
namespace {

TEST(RateScheduleTest, WithoutAShapeTimeIsTime) {
  RateSchedule schedule({});
  EXPECT_DOUBLE_EQ(schedule.advance(2.5), 2.5);
  EXPECT_DOUBLE_EQ(schedule.advance(1), 3.5);
  EXPECT_DOUBLE_EQ(schedule.advance(0), 3.5);
}

TEST(RateScheduleTest, ARampIsTheIntegralOfAStraightLineAndThenStays) {
  RateSchedule schedule({.shape = ScheduleShape::ramp, .from = 0, .to = 4, .over = 10});
  EXPECT_DOUBLE_EQ(schedule.advance(5), 5);    // half of the line's height after half of its time
  EXPECT_DOUBLE_EQ(schedule.advance(15), 10);  // 20 in all, the triangle's area
  EXPECT_DOUBLE_EQ(schedule.advance(8), 12);
}

TEST(RateScheduleTest, ASpikeIsAStepUpAndDown) {
  RateSchedule schedule({.shape = ScheduleShape::spike, .factor = 8, .at = 3, .lasting = 2});
  EXPECT_DOUBLE_EQ(schedule.advance(3), 3);
  EXPECT_DOUBLE_EQ(schedule.advance(8), 4);
  EXPECT_DOUBLE_EQ(schedule.advance(10), 7);  // 8 in the spike's last second, 2 after it
}

TEST(RateScheduleTest, ADayHasTheMeanRateAndIsSilentAtItsStartWithAFullSwing) {
  RateSchedule schedule({.shape = ScheduleShape::diurnal, .swing = 1, .period = 86'400});
  EXPECT_NEAR(schedule.advance(43'200), 43'200, 1e-6);  // either half of it has the mean
  EXPECT_NEAR(schedule.advance(43'200), 86'400, 0.01);
  EXPECT_GT(schedule.advance(1), 86'400 + 400);
}

TEST(RateScheduleTest, SmallStepsLeadWhereALargeOneLeads) {
  const ScheduleSpec spec{.shape = ScheduleShape::diurnal, .swing = 0.9, .period = 100};
  RateSchedule once(spec), often(spec);
  double time = 0;
  for (int i = 0; i < 10'000; ++i) time = often.advance(0.0311);
  EXPECT_NEAR(time, once.advance(311), 1e-6);
}

}  // namespace
}  // namespace splitbench
