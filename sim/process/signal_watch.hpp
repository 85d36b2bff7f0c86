#pragma once
#include <chrono>
#include <signal.h>

namespace splitbench {

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
