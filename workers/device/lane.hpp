#pragma once
#include <asio/io_context.hpp>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "workloads/request.hpp"

namespace splitbench {

/// A thread that does one piece of work after another, beside the event loop. Work of a device may
/// overlap: then up to `at_once` pieces are begun before the first is ended. An exception from the
/// work is rethrown out of the event loop's run(). run() may be called from any thread.
class Lane {
 public:
  enum class Priority { normal, yielding };

  /// Starts the thread. The loop must outlive the lane. A yielding lane gives way at once to any
  /// other thread that wants the processor. A lane that has run out of work spins for `spin` before
  /// it falls asleep, because to wake up takes a core several microseconds.
  explicit Lane(asio::io_context& loop, Priority priority = Priority::normal,
                std::size_t at_once = 1, Time spin = Time{0});
  /// Waits for the pieces that were begun; the others are dropped.
  ~Lane();

  /// Runs `work` on the lane, then `then` on the event loop with the result.
  template <class Work, class Then>
  void run(Work work, Then then) {
    run([] {}, [] { return true; }, std::move(work), std::move(then));
  }

  /// Runs `begin` and, once `ready` returns true, `end` on the lane, each in the order of these
  /// calls, then `then` on the event loop with the result of `end`. While a piece is not ready the
  /// lane begins others, and polls `ready` again after each.
  template <class Begin, class Ready, class End, class Then>
  void run(Begin begin, Ready ready, End end, Then then) {
    push({std::move(begin), std::move(ready), [this, end = std::move(end), then = std::move(then)] {
            post_to_loop([result = end(), then] { then(result); });
          }});
  }

 private:
  struct Task {
    std::function<void()> begin;
    std::function<bool()> ready;
    std::function<void()> end;
  };

  void push(Task task);
  void post_to_loop(std::function<void()> task);
  void serve(Priority priority);
  /// Returns the next piece to begin, or nothing if another has to be ended first or the lane
  /// stops. Waits if there is neither.
  std::optional<Task> next_to_begin();
  /// Spins until there is something to begin, or the lane stops, or its spin is over.
  void spin() const;
  /// Ends the piece that was begun first, if it is ready or, where the lane spins, about to be: the
  /// beginning of another may take longer than what waits for this one. Returns whether it was.
  bool end_soon();
  /// Ends the piece that was begun first, if it is ready; returns whether it was.
  bool try_to_end();
  void do_work(const std::function<void()>& work);

  asio::io_context& loop_;
  const std::size_t at_once_;
  const Time spin_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  bool stopping_ = false;
  std::atomic<bool> wanted_{false};  // there are tasks, or the lane stops
  std::deque<Task> begun_;           // used by the lane's thread only
  std::thread thread_;
};

}  // namespace splitbench
