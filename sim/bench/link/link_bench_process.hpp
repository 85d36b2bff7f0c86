#pragma once
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace splitbench {

/// A fork of this process that does one piece of work and ends. It dies with its parent and is
/// never left behind. Only to be made while this process has one thread and no io_context.
class ForkedProcess {
 public:
  /// `name` is what a failure of it is told by. Throws std::system_error.
  ForkedProcess(std::string name, const std::function<void()>& work);
  ForkedProcess(ForkedProcess&&) noexcept;
  /// Kills it if it still runs, and waits for it.
  ~ForkedProcess();

  pid_t pid() const { return pid_; }
  /// Can be read from when the work has failed or ended.
  int descriptor() const { return failure_; }
  /// Waits for the end: empty when all went well, else who failed and why.
  std::string finish();

 private:
  std::string name_;
  int failure_;  // a pipe through which the child says what it could not do
  pid_t pid_;
};

/// Waits until all have ended. Throws std::runtime_error with what each had to say that failed; the
/// others are left to their destructors.
void wait_for(std::vector<ForkedProcess>&);

}  // namespace splitbench
