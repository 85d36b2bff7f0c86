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

/// A queue of tasks, ordered by time, then by order of arrival. pop() and next() need a task. What
/// is far ahead stands in a heap of its own, so that the arrivals of a whole run do not make every
/// task of the next moments more expensive.
class TaskQueue {
 public:
  void push(EventLoop::Time when, EventLoop::Task task);
  EventLoop::Task pop();
  bool empty() const { return near_.empty() && far_.empty(); }
  EventLoop::Time next() const { return next_heap().front().when; }

 private:
  struct Entry {
    EventLoop::Time when;
    std::uint64_t order;
    std::uint32_t task;  // index in tasks_: the heap moves entries, and tasks stay where they are
  };
  struct Later {
    bool operator()(const Entry& a, const Entry& b) const {
      return a.when != b.when ? a.when > b.when : a.order > b.order;
    }
  };
  static constexpr EventLoop::Time kFar{200'000'000};  // ahead of the next task

  const std::vector<Entry>& next_heap() const {
    if (near_.empty() || far_.empty()) return near_.empty() ? far_ : near_;
    return Later()(near_.front(), far_.front()) ? far_ : near_;
  }

  std::vector<Entry> near_, far_;
  std::vector<EventLoop::Task> tasks_;
  std::vector<std::uint32_t> free_;  // indices of tasks_ that are not in the heap
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
