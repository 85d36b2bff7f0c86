#include "sim/bench/link/link_bench_process.hpp"

#include <cerrno>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <signal.h>
#include <stdexcept>
#include <unistd.h>

namespace splitbench {
namespace {

void wait_for_ever() {
  for (;;) pause();
}

/// What wait_for says of these.
std::string failure_of(std::vector<ForkedProcess> processes) {
  try {
    wait_for(processes);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

std::vector<ForkedProcess> both(ForkedProcess one, ForkedProcess other) {
  std::vector<ForkedProcess> processes;
  processes.push_back(std::move(one));
  processes.push_back(std::move(other));
  return processes;
}

TEST(ForkedProcessTest, WorkThatEndsHasNothingToSay) {
  EXPECT_EQ(failure_of(both({"one", [] {}}, {"other", [] {}})), "");
}

TEST(ForkedProcessTest, AnExceptionArrivesInItsWordsAndNobodyWaitsForTheOthers) {
  EXPECT_EQ(failure_of(both({"sender", [] { throw std::runtime_error("no route"); }},
                            {"receiver", wait_for_ever})),
            "sender: no route");
}

TEST(ForkedProcessTest, AKilledOneIsNamed) {
  ForkedProcess victim("receiver", wait_for_ever);
  kill(victim.pid(), SIGKILL);
  EXPECT_EQ(victim.finish(), "receiver: was killed by signal 9 (Killed)");
}

TEST(ForkedProcessTest, NoneIsLeftBehind) {
  std::optional<ForkedProcess> process(std::in_place, "sender", wait_for_ever);
  const pid_t pid = process->pid();
  process.reset();
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

}  // namespace
}  // namespace splitbench
