#include "network/tcp/call_attempts.hpp"

#include <gtest/gtest.h>

namespace splitbench {
namespace {

using std::chrono::milliseconds;

TEST(CallAttemptsTest, PausesDoubleAndComeToAnEnd) {
  CallAttempts attempts;
  milliseconds expected = CallAttempts::kFirstPause;
  for (unsigned failed = 1; failed < CallAttempts::kMost; ++failed, expected *= 2)
    EXPECT_EQ(attempts.turned_away("crowded"), expected);
  EXPECT_EQ(attempts.turned_away("crowded"), std::nullopt);
}

TEST(CallAttemptsTest, TheFirstReasonIsTheOneThatCounts) {
  CallAttempts attempts;
  EXPECT_EQ(attempts.first_reason("refused"), "refused");
  attempts.turned_away("reset");
  attempts.turned_away("closed");
  EXPECT_EQ(attempts.first_reason("refused"), "reset");
}

}  // namespace
}  // namespace splitbench
