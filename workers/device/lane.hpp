#pragma once
#include <asio/io_context.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace splitbench {

/// A thread that does one piece of work after another, beside the event loop. Work that a device
/// does may overlap: then some pieces are begun before the first is ended. What the work throws is
/// thrown again out of the event loop's run().
class Lane {
 public:
  enum class Priority { normal, yielding };

  /// A yielding lane gives way at once to any other thread that wants the processor.
  explicit Lane(asio::io_context& loop, Priority priority = Priority::normal,
                std::size_t at_once = 1);
  /// Waits for the work in hand; what was not begun is dropped.
  ~Lane();

  /// Runs `work` on the lane, then `then` on the event loop with what it returned.
  template <class Work, class Then>
  void run(Work work, Then then) {
    run([] {}, [] { return true; }, std::move(work), std::move(then));
  }

  /// Runs `begin` and, once `ready` says so, `end`, each in the order of these calls, then `then`
  /// with what `end` returned. While a piece is not ready its lane begins others, and asks again.
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
  /// The next piece that can be begun, if nothing has to be ended first; waits if there is neither.
  std::optional<Task> next_to_begin();
  /// Ends the first piece that was begun, if it is ready.
  void try_to_end();
  void do_work(const std::function<void()>& work);

  asio::io_context& loop_;
  const std::size_t at_once_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  bool stopping_ = false;
  std::deque<Task> begun_;  // the thread's own
  std::thread thread_;
};

}  // namespace splitbench
