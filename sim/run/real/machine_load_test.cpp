#include "sim/run/real/machine_load.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <optional>
#include <thread>

#include "sim/process/child_process.hpp"

namespace splitbench {
namespace {

void keep_busy(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
  }
}

TEST(MachineLoadTest, TellsAnothersWorkFromItsOwn) {
  using namespace std::chrono_literals;
  ChildProcess hog = ChildProcess::fork("hog", [] { keep_busy(60s); });
  const MachineLoad own({hog.pid()}), foreign({});
  keep_busy(600ms);
  const double as_own = own.since().others, as_foreign = foreign.since().others;
  // The hog has at least a fifth of a core for itself, whatever else runs here.
  EXPECT_GT(as_foreign - as_own, 0.2);
}

TEST(MachineLoadTest, SaysWhatDisturbs) {
  EXPECT_FALSE(is_disturbed({.others = 0.1, .stolen = 0.1}, 2));
  EXPECT_TRUE(is_disturbed({.others = 0.2, .stolen = 0.1}, 2));
  EXPECT_FALSE(is_disturbed({.others = 2, .stolen = 0}, 128));
}

}  // namespace
}  // namespace splitbench
