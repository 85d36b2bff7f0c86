#include "sim/run/real/machine_load.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <time.h>

#include "sim/process/child_process.hpp"

namespace splitbench {
namespace {

void keep_busy(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
  }
}

/// Returns the processor time of a process so far, in seconds.
double processor_seconds(pid_t process) {
  clockid_t clock{};
  timespec time{};
  EXPECT_EQ(clock_getcpuclockid(process, &clock), 0);
  EXPECT_EQ(clock_gettime(clock, &time), 0);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

TEST(MachineLoadTest, TellsAnothersWorkFromItsOwn) {
  using namespace std::chrono_literals;
  ChildProcess hog = ChildProcess::fork("hog", [] { keep_busy(60s); });
  const MachineLoad own({hog.pid()}), foreign({});
  const auto begin = std::chrono::steady_clock::now();
  const double before = processor_seconds(hog.pid());
  // However much else runs here, it goes on until the hog has worked for a while.
  double worked = 0;
  std::chrono::duration<double> elapsed{};
  while (worked < 0.3 || elapsed < 600ms) {
    keep_busy(50ms);
    worked = processor_seconds(hog.pid()) - before;
    elapsed = std::chrono::steady_clock::now() - begin;
  }
  const double as_own = own.since().others, as_foreign = foreign.since().others;
  EXPECT_GT(as_foreign - as_own, worked / elapsed.count() / 2);
}

TEST(MachineLoadTest, SaysWhatDisturbs) {
  EXPECT_FALSE(is_disturbed({.others = 0.1, .stolen = 0.1}, 2));
  EXPECT_TRUE(is_disturbed({.others = 0.2, .stolen = 0.1}, 2));
  EXPECT_FALSE(is_disturbed({.others = 2, .stolen = 0}, 128));
}

}  // namespace
}  // namespace splitbench
