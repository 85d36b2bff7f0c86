#pragma once
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <memory>

#include "network/event_loop.hpp"

namespace splitbench {

/// The same queue with one timer at its head. Time is CLOCK_MONOTONIC, so that stamps of the
/// processes of one host compare. With `spin` the thread sleeps until that long before a task's
/// time and then spins, serving the io_context all the while.
class RealLoop final : public EventLoop {
 public:
  explicit RealLoop(asio::io_context& io, Time spin = Time{0});

  /// Long enough to be awake in time: an idle core of a virtual machine may take a third of this.
  static constexpr Time kSpin{1'000'000};

  Time now() const override { return clock_now(); }
  void at(Time when, Task task) override;
  /// Until then the thread does not sleep but spins, if it ever does: something is about to come
  /// in, nobody knows when, and a thread that wakes up costs it a quarter of a millisecond.
  void stay_awake(Time until);
  /// Forgets every task: what they refer to is about to go.
  void clear() { queue_ = {}; }

  static Time clock_now() { return std::chrono::steady_clock::now().time_since_epoch(); }

 private:
  void arm();
  void run_due();
  /// For what is left in the queue: asleep, or spinning where it is due soon.
  void wait();

  asio::steady_timer timer_;
  Time spin_;
  TaskQueue queue_;
  Time armed_for_ = Time::max();
  Time awake_until_ = Time::min();
  bool running_ = false;
  bool spinning_ = false;        // run_due will come again by itself
  std::shared_ptr<char> alive_;  // what was posted may come too late
};

}  // namespace splitbench
