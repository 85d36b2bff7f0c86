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

  /// Returns the place of the first task among those of its time.
  std::uint64_t place_of_next() const { return next_heap().front().order; }
  /// Returns the place that a task which arrives now would have; places ascend.
  std::uint64_t take_place() { return order_++; }

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

class VirtualTimer;

/// A loop whose time jumps to the next task: it starts at zero and stands still while a task runs.
/// Tasks of timers count as requested when their place was taken.
class VirtualLoop final : public EventLoop {
 public:
  Time now() const override { return now_; }
  void at(Time when, Task task) override { queue_.push(std::max(when, now_), std::move(task)); }
  /// Returns the place, among the tasks of one time, of a task that is requested now.
  std::uint64_t take_place() { return queue_.take_place(); }
  /// Runs until no task is left. An exception of a task passes through.
  void run();
  /// Runs until no task is left or `done`, which is asked before each task, returns true.
  template <class Done>
  void run_until(const Done& done) {
    while (!(queue_.empty() && timers_.empty()) && !done()) run_first();
  }
  /// Returns when the next task runs that is not this timer's; Time::max() if there is none.
  Time next_beside(const VirtualTimer&) const;

 private:
  friend VirtualTimer;
  struct Entry {
    Time when;
    std::uint64_t place;
    VirtualTimer* timer;

    bool operator<(const Entry& other) const {
      return when != other.when ? when < other.when : place < other.place;
    }
  };

  void run_first();
  bool timer_is_first() const;
  /// Puts an entry into the place `index` of the heap, or above or below it.
  void put(std::size_t index, Entry);
  void remove(std::size_t index);

  TaskQueue queue_;
  std::vector<Entry> timers_;  // a heap, the next at its front
  Time now_{0};
};

/// A task of a VirtualLoop that comes again and again, and is awaited once at a time. To set it
/// costs neither memory nor a search. The loop must outlive it, and its own task must not destroy
/// it.
class VirtualTimer {
 public:
  /// Makes the timer of a member function of an object, which must outlive it, without arguments.
  template <auto kMember, class Object>
  static VirtualTimer of(VirtualLoop& loop, Object* object) {
    return VirtualTimer(
        loop, [](void* o) { (static_cast<Object*>(o)->*kMember)(); }, object);
  }
  ~VirtualTimer() {
    if (index_ != kUnset) loop_.remove(index_);
  }
  VirtualTimer(const VirtualTimer&) = delete;
  VirtualTimer& operator=(const VirtualTimer&) = delete;

  /// Awaits `when`, or now if that is past, instead of what was awaited before.
  void set(EventLoop::Time when) { set(when, loop_.take_place()); }
  /// The same as if it had been requested when VirtualLoop::take_place() gave `place`.
  void set(EventLoop::Time when, std::uint64_t place);

 private:
  friend VirtualLoop;
  static constexpr std::size_t kUnset = ~std::size_t{0};

  VirtualTimer(VirtualLoop& loop, void (*call)(void*), void* object)
      : loop_(loop), call_(call), object_(object) {}

  VirtualLoop& loop_;
  void (*call_)(void*);
  void* object_;
  std::size_t index_ = kUnset;  // in the loop's heap
};

}  // namespace splitbench
