#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

namespace splitbench {

/// The clock and the timers of policy code. Tasks run one at a time, ordered by their time, then by
/// the order in which they were requested. Not thread-safe.
class EventLoop {
 public:
  using Time = std::chrono::nanoseconds;
  using Task = std::function<void()>;

  virtual ~EventLoop() = default;
  virtual Time now() const = 0;
  /// Runs `task` at `when`, or as soon as possible if that is past. Called only from the loop's own
  /// thread.
  virtual void at(Time when, Task task) = 0;

  void after(Time delay, Task task) { at(now() + delay, std::move(task)); }
  void post(Task task) { at(now(), std::move(task)); }
};

/// A queue of tasks, ordered by time, then by order of arrival. pop() and next() need a task.
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

/// A loop whose time jumps to the next task: it starts at zero and stands still while a task runs.
class VirtualLoop final : public EventLoop {
 public:
  Time now() const override { return now_; }
  void at(Time when, Task task) override { queue_.push(std::max(when, now_), std::move(task)); }
  /// Runs until no task is left. An exception of a task passes through.
  void run();
  /// Runs until no task is left or `done`, which is asked before each task, returns true.
  void run_until(const std::function<bool()>& done);

 private:
  TaskQueue queue_;
  Time now_{0};
};

}  // namespace splitbench
