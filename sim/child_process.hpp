#pragma once
#include <string>
#include <sys/types.h>
#include <vector>

namespace splitbench {

/// A process of our own program, which dies with this one and is never left behind.
class ChildProcess {
 public:
  /// Starts this program with these arguments and one more environment variable each
  /// ("NAME=value"). Throws std::system_error.
  ChildProcess(const std::vector<std::string>& arguments,
               const std::vector<std::string>& environment);
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
