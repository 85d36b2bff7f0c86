#include "workers/device/lane.hpp"

#include <asio/post.hpp>
#include <exception>
#include <pthread.h>
#include <sched.h>
#include <utility>

namespace splitbench {

Lane::Lane(asio::io_context& loop, Priority priority, std::size_t at_once)
    : loop_(loop), at_once_(at_once), thread_([this, priority] { serve(priority); }) {}

Lane::~Lane() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Lane::push(Task task) {
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
    if (auto task = next_to_begin()) {
      do_work([&] {
        task->begin();
        begun_.push_back(std::move(*task));
      });
    } else if (!begun_.empty()) {
      try_to_end();
    } else {
      return;
    }
  }
}

std::optional<Lane::Task> Lane::next_to_begin() {
  std::unique_lock lock(mutex_);
  if (begun_.empty()) changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
  if (stopping_ || tasks_.empty() || begun_.size() == at_once_) return std::nullopt;
  Task task = std::move(tasks_.front());
  tasks_.pop_front();
  return task;
}

void Lane::try_to_end() {
  bool over = true;  // stays true if ready() throws
  do_work([&] {
    over = begun_.front().ready();
    if (over) begun_.front().end();
  });
  if (over)
    begun_.pop_front();
  else
    std::this_thread::yield();
}

void Lane::do_work(const std::function<void()>& work) {
  try {
    work();
  } catch (...) {
    post_to_loop([error = std::current_exception()] { std::rethrow_exception(error); });
  }
}

}  // namespace splitbench
