#pragma once
#include <asio/io_context.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace splitbench {

/// A thread that does one piece of work after another, beside the event loop. What the work throws
/// is thrown again out of the event loop's run().
class Lane {
 public:
  enum class Priority { normal, yielding };

  /// A yielding lane gives way at once to any other thread that wants the processor.
  explicit Lane(asio::io_context& loop, Priority priority = Priority::normal);
  /// Waits for the work in hand; what was not begun is dropped.
  ~Lane();

  /// Runs `work` on the lane, then `then` on the event loop with what it returned.
  template <class Work, class Then>
  void run(Work work, Then then) {
    push([this, work = std::move(work), then = std::move(then)] {
      post_to_loop([result = work(), then] { then(result); });
    });
  }

 private:
  void push(std::function<void()> task);
  void post_to_loop(std::function<void()> task);
  void serve(Priority priority);

  asio::io_context& loop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace splitbench
