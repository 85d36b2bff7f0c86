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

/// The streams that a child has instead of this process's. An empty path or text leaves the stream
/// as it is. A child with a file for errors does not receive what is typed on the terminal, such as
/// an interrupt.
struct ChildStreams {
  std::filesystem::path output, errors;  ///< files that the child writes to
  /// The text that the child reads on its standard input, at most PIPE_BUF bytes. It passes through
  /// a pipe, so that no other process sees it, as it would see arguments and the environment.
  std::string input;
};

/// The text that ChildProcess::ended() returns for a success.
inline constexpr const char* kSucceeded = "exited with 0";

/// A process, mostly of this program, which dies with its parent and is never left behind. Not
/// thread-safe.
class ChildProcess {
 public:
  /// Starts this program with these arguments and additional environment variables ("NAME=value").
  /// No signal is blocked in the child. Throws std::system_error; std::length_error for too long an
  /// input.
  ChildProcess(const std::vector<std::string>& arguments,
               const std::vector<std::string>& environment, const ChildStreams& streams = {});
  /// Starts another program, which is looked for on PATH, with these arguments; else does the same.
  /// A child whose program is not found exits with 127.
  static ChildProcess program(const std::string& file, const std::vector<std::string>& arguments,
                              const ChildStreams& streams);
  /// Forks this process; the child runs `work` and ends. `name` is the child's name in messages
  /// about a failure. Only to be called while this process has one thread and no io_context. Throws
  /// std::system_error.
  static ChildProcess fork(std::string name, const std::function<void()>& work);
  /// Forks this process, where the same holds; the child exits with what `work` returns. It has the
  /// streams, and no signal is blocked in it.
  static ChildProcess fork(const std::function<int()>& work, const ChildStreams& streams);
  ChildProcess(ChildProcess&&) noexcept;
  /// Kills the process if it still runs, and waits for it.
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  /// Returns why the process has ended ("was killed by signal 9 (Killed)", "exited with 1", or what
  /// the work of a fork threw), or an empty text while it runs. Does not wait.
  std::string ended();
  /// Waits until the process has ended, at most so long, and returns what ended() returns then.
  std::string ended_within(std::chrono::milliseconds limit);
  /// Waits until all of these forks have ended. Throws std::runtime_error with the failure of each
  /// that failed; forks that still run then are left to their destructors.
  static void wait_for(std::vector<ChildProcess>& forks);

 private:
  ChildProcess(std::string name, pid_t pid, std::optional<Descriptor> failure);
  std::string reap(int options);

  std::string name_;
  pid_t pid_;
  std::optional<Descriptor> failure_;  // pipe on which a fork reports what it could not do
  std::string end_;
};

/// A watch on the end of children and on the signals that people end a program with (SIGINT,
/// SIGTERM, SIGHUP): while it lives they stay pending until wait() takes them. To be used by the
/// only thread of a process.
class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  /// Returns the next signal, those of people first, or 0 if none came within `limit`.
  int wait(std::chrono::milliseconds limit);

 private:
  sigset_t watched_;
  sigset_t before_;
};

}  // namespace splitbench
