#include "workers/lane.hpp"

#include <asio/post.hpp>
#include <exception>
#include <pthread.h>
#include <sched.h>
#include <utility>

namespace splitbench {

Lane::Lane(asio::io_context& loop, Priority priority)
    : loop_(loop), thread_([this, priority] { serve(priority); }) {}

Lane::~Lane() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Lane::push(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  changed_.notify_one();
}

void Lane::post_to_loop(std::function<void()> task) {
  asio::post(loop_, std::move(task));
}

void Lane::serve(Priority priority) {
  constexpr sched_param kNone{};
  if (priority == Priority::yielding) pthread_setschedparam(pthread_self(), SCHED_IDLE, &kNone);
  for (;;) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
      if (stopping_) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    try {
      task();
    } catch (...) {
      post_to_loop([error = std::current_exception()] { std::rethrow_exception(error); });
    }
  }
}

}  // namespace splitbench
