#pragma once
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <memory>

#include "network/event_loop.hpp"

namespace splitbench {

/// A loop in real time: a queue of tasks, and one timer at its head. Time is CLOCK_MONOTONIC, so
/// that stamps of the processes of one host compare. With `spin` the thread sleeps until that long
/// before a task's time and then spins, serving the io_context all the while. The io_context must
/// outlive the loop; tasks run on its thread, and their exceptions leave its run().
class RealLoop final : public EventLoop {
 public:
  explicit RealLoop(asio::io_context& io, Time spin = Time{0});

  /// A spin long enough to be awake in time: an idle core of a virtual machine may take a third of
  /// this to wake up.
  static constexpr Time kSpin{1'000'000};

  Time now() const override { return clock_now(); }
  void at(Time when, Task task) override;
  /// Makes the thread spin instead of sleep until then, if the loop spins at all: something is
  /// about to come in at an unknown time, and a thread that has to wake up delays it by a quarter
  /// of a millisecond.
  void stay_awake(Time until);
  /// Drops every task, for when what they refer to is about to be destroyed.
  void clear() { queue_ = {}; }

  static Time clock_now() { return std::chrono::steady_clock::now().time_since_epoch(); }

 private:
  void arm();
  void run_due();
  /// Waits for the tasks that are left: asleep, or spinning if one is due soon.
  void wait();

  asio::steady_timer timer_;
  Time spin_;
  TaskQueue queue_;
  Time armed_for_ = Time::max();
  Time awake_until_ = Time::min();
  bool running_ = false;
  bool spinning_ = false;        // run_due is posted and comes again by itself
  std::shared_ptr<char> alive_;  // gone with the loop: what was posted before does nothing then
};

}  // namespace splitbench
