#pragma once
#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

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
  ChildProcess(ChildProcess&&) noexcept;
  /// Kills it if it still runs, and waits for it.
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  /// Why it has ended ("was killed by signal 9 (Killed)", "exited with 1"), or empty while it runs.
  std::string ended();

 private:
  pid_t pid_;
  std::string end_;
};

}  // namespace splitbench
