#include "sim/process/child_process.hpp"

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

/// Returns the message of wait_for() on these processes, empty if all succeed.
std::string failure_of(std::vector<ChildProcess> processes) {
  try {
    ChildProcess::wait_for(processes);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

std::vector<ChildProcess> both(ChildProcess one, ChildProcess other) {
  std::vector<ChildProcess> processes;
  processes.push_back(std::move(one));
  processes.push_back(std::move(other));
  return processes;
}

TEST(ChildProcessTest, WorkThatEndsHasNothingToSay) {
  EXPECT_EQ(failure_of(both(ChildProcess::fork("one", [] {}), ChildProcess::fork("other", [] {}))),
            "");
}

TEST(ChildProcessTest, AnExceptionArrivesInItsWordsAndNobodyWaitsForTheOthers) {
  EXPECT_EQ(
      failure_of(both(ChildProcess::fork("sender", [] { throw std::runtime_error("no route"); }),
                      ChildProcess::fork("receiver", wait_for_ever))),
      "sender: no route");
}

TEST(ChildProcessTest, AKilledOneIsNamed) {
  ChildProcess victim = ChildProcess::fork("receiver", wait_for_ever);
  kill(victim.pid(), SIGKILL);
  EXPECT_EQ(failure_of(both(std::move(victim), ChildProcess::fork("sender", [] {}))),
            "receiver: was killed by signal 9 (Killed)");
}

TEST(ChildProcessTest, AnInputThatDoesNotFitAPipeIsRefused) {
  EXPECT_THROW(ChildProcess({}, {}, {.output = {}, .errors = {}, .input = std::string(5000, 'x')}),
               std::length_error);
}

TEST(ChildProcessTest, NoneIsLeftBehind) {
  std::optional<ChildProcess> process = ChildProcess::fork("sender", wait_for_ever);
  const pid_t pid = process->pid();
  EXPECT_EQ(process->ended(), "");
  process.reset();
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

}  // namespace
}  // namespace splitbench
