#pragma once
#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace splitbench {

/// What policy code knows of time: what time it is, and that a task shall run later. Tasks run one
/// at a time, ordered by their time, then by the order in which they were asked for.
class EventLoop {
 public:
  using Time = std::chrono::nanoseconds;
  using Task = std::function<void()>;

  virtual ~EventLoop() = default;
  virtual Time now() const = 0;
  /// Runs `task` at `when`, or as soon as possible if that is past. Only from the loop's own
  /// thread.
  virtual void at(Time when, Task task) = 0;

  void after(Time delay, Task task) { at(now() + delay, std::move(task)); }
  void post(Task task) { at(now(), std::move(task)); }
};

/// Tasks by time, then by order of arrival.
class TaskQueue {
 public:
  void push(EventLoop::Time when, EventLoop::Task task);
  EventLoop::Task pop();
  bool empty() const { return heap_.empty(); }
  EventLoop::Time next() const { return heap_.front().when; }

 private:
  struct Entry {
    EventLoop::Time when;
    std::uint64_t order;
    EventLoop::Task task;
  };
  static bool later(const Entry& a, const Entry& b);

  std::vector<Entry> heap_;
  std::uint64_t order_ = 0;
};

/// Time that jumps to the next task: it starts at zero and stands still while a task runs.
class VirtualLoop final : public EventLoop {
 public:
  Time now() const override { return now_; }
  void at(Time when, Task task) override { queue_.push(std::max(when, now_), std::move(task)); }
  /// Runs until no task is left.
  void run();
  /// The same, but no further than until `done` says so.
  void run_until(const std::function<bool()>& done);

 private:
  TaskQueue queue_;
  Time now_{0};
};

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
