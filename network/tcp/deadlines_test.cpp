#include "network/tcp/deadlines.hpp"

#include <gtest/gtest.h>

namespace splitbench {
namespace {

using namespace std::chrono_literals;

void pass(Deadlines& deadlines, unsigned ticks) {
  for (; ticks > 0; --ticks) deadlines.pass();
}

TEST(DeadlinesTest, AHandshakeHasItsTimeAndNoMore) {
  Deadlines deadlines(400ms, 8s);
  EXPECT_EQ(deadlines.tick(), 50ms);
  pass(deadlines, Deadlines::kTicks);
  EXPECT_EQ(deadlines.overdue(true, true), "");
  deadlines.heard();  // does not help
  deadlines.pass();
  EXPECT_TRUE(deadlines.handshake_is_over());
  EXPECT_EQ(deadlines.overdue(true, true), "the handshake took longer than 400 ms");
}

TEST(DeadlinesTest, AfterItSilenceCountsFromWhatWasHeardLast) {
  Deadlines deadlines(400ms, 8s);
  pass(deadlines, 5);
  deadlines.open();
  EXPECT_EQ(deadlines.tick(), 1s);
  pass(deadlines, Deadlines::kTicks);
  deadlines.heard();
  pass(deadlines, Deadlines::kTicks);
  EXPECT_EQ(deadlines.overdue(false, false), "");
  deadlines.pass();
  EXPECT_EQ(deadlines.overdue(false, false), "nothing was heard of the remote end for 8 s");
  EXPECT_EQ(deadlines.overdue(false, true),
            "the remote end stopped in the middle of a message for 8 s");
}

TEST(DeadlinesTest, APeerThatTakesNothingIsGivenUpOnlyWhereThereIsSomethingToTake) {
  Deadlines deadlines(400ms, 8s);
  deadlines.open();
  pass(deadlines, Deadlines::kTicks + 1);
  deadlines.heard();
  EXPECT_EQ(deadlines.overdue(false, false), "");
  EXPECT_EQ(deadlines.overdue(true, false), "the remote end has taken nothing for 8 s");
  deadlines.taken();
  EXPECT_EQ(deadlines.overdue(true, false), "");
}

TEST(DeadlinesTest, ASideThatHasSaidNothingForAWhilePings) {
  Deadlines deadlines(400ms, 8s);
  pass(deadlines, Deadlines::kPingTicks);
  EXPECT_FALSE(deadlines.wants_ping()) << "in the handshake";
  deadlines.open();
  pass(deadlines, Deadlines::kPingTicks);
  EXPECT_TRUE(deadlines.wants_ping());
  deadlines.taken();
  EXPECT_FALSE(deadlines.wants_ping());
}

}  // namespace
}  // namespace splitbench
