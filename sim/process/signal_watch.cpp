#include "sim/process/signal_watch.hpp"

#include <algorithm>

namespace splitbench {

SignalWatch::SignalWatch() {
  sigemptyset(&watched_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&watched_, signal);
  sigprocmask(SIG_BLOCK, &watched_, &before_);
}

SignalWatch::~SignalWatch() {
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

int SignalWatch::wait(std::chrono::milliseconds limit) {
  const timespec time{limit.count() / 1000, limit.count() % 1000 * 1'000'000};
  return std::max(sigtimedwait(&watched_, nullptr, &time), 0);  // the lowest number first
}

}  // namespace splitbench
