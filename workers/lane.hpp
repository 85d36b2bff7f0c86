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
    run([] {}, std::move(work), std::move(then));
  }

  /// Runs `begin` and some time after it `end`, each in the order of these calls, then `then` with
  /// what `end` returned.
  template <class Begin, class End, class Then>
  void run(Begin begin, End end, Then then) {
    push({std::move(begin), [this, end = std::move(end), then = std::move(then)] {
            post_to_loop([result = end(), then] { then(result); });
          }});
  }

 private:
  struct Task {
    std::function<void()> begin, end;
  };

  void push(Task task);
  void post_to_loop(std::function<void()> task);
  void serve(Priority priority);
  /// The next piece that can be begun, if nothing has to be ended first; waits if there is neither.
  std::optional<Task> next_to_begin();
  void do_work(const std::function<void()>& work);

  asio::io_context& loop_;
  const std::size_t at_once_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  bool stopping_ = false;
  std::deque<std::function<void()>> ends_;  // of what was begun; the thread's own
  std::thread thread_;
};

}  // namespace splitbench
