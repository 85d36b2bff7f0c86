#include "network/tcp/rejection_log.hpp"

#include <gtest/gtest.h>

namespace splitbench {
namespace {

TEST(RejectionLogTest, TheFirstAreNamed) {
  RejectionLog log("decode worker 0 ");
  for (std::uint64_t i = 0; i < RejectionLog::kNamed; ++i)
    EXPECT_EQ(log.rejected("10.0.0.2:" + std::to_string(i), "no reason"),
              "decode worker 0 rejected 10.0.0.2:" + std::to_string(i) + ": no reason");
}

TEST(RejectionLogTest, AMillionCallersLeaveFewLines) {
  RejectionLog log;
  std::uint64_t lines = 0;
  std::string last;
  for (int i = 0; i < 1'000'000; ++i)
    if (auto line = log.rejected("10.0.0.2:7001", "garbage")) {
      ++lines;
      last = *line;
    }
  EXPECT_EQ(lines, RejectionLog::kNamed + 13);
  EXPECT_EQ(last, "rejected 524288 connections so far, the last one 10.0.0.2:7001: garbage");
}

}  // namespace
}  // namespace splitbench
