#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <signal.h>
#include <string>
#include <sys/types.h>
#include <vector>

#include "network/tcp/stream_socket.hpp"

namespace splitbench {

/// Files that a child writes to instead of this process's streams. Such a child works behind the
/// scenes: what is typed on the terminal, an interrupt for one, does not reach it.
struct ChildStreams {
  std::filesystem::path output, errors;
};

/// What ChildProcess::ended says of one to which nothing happened.
inline constexpr const char* kSucceeded = "exited with 0";

/// A process of our own program, which dies with this one and is never left behind.
class ChildProcess {
 public:
  /// Starts this program with these arguments and one more environment variable each
  /// ("NAME=value"). No signal is blocked in it. Throws std::system_error.
  ChildProcess(const std::vector<std::string>& arguments,
               const std::vector<std::string>& environment, const ChildStreams& streams = {});
  /// Forks this process; the child does one piece of work and ends. `name` is what a failure of it
  /// is told by. Only to be called while this process has one thread and no io_context. Throws
  /// std::system_error.
  static ChildProcess fork(std::string name, const std::function<void()>& work);
  ChildProcess(ChildProcess&&) noexcept;
  /// Kills it if it still runs, and waits for it.
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  /// Why it has ended ("was killed by signal 9 (Killed)", "exited with 1", or what the work of a
  /// fork threw), or empty while it runs.
  std::string ended();
  /// Waits until all of these forks have ended. Throws std::runtime_error with what each had to say
  /// that failed; the others are left to their destructors.
  static void wait_for(std::vector<ChildProcess>& forks);

 private:
  ChildProcess(std::string name, pid_t pid, Descriptor failure);
  std::string reap(int options);

  std::string name_;
  pid_t pid_;
  std::optional<Descriptor> failure_;  // of a fork: a pipe by which it says what it could not do
  std::string end_;
};

/// While it lives, the end of a child and the signals that people end a program with (SIGINT,
/// SIGTERM, SIGHUP) wait until they are asked for. For the only thread of a process.
class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  /// The next signal, those of people first; 0 where none came in time.
  int wait(std::chrono::milliseconds limit);

 private:
  sigset_t watched_;
  sigset_t before_;
};

}  // namespace splitbench
