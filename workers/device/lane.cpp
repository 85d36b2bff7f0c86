#include "workers/device/lane.hpp"

#include <asio/post.hpp>
#include <chrono>
#include <exception>
#include <pthread.h>
#include <sched.h>
#include <utility>

namespace splitbench {

Lane::Lane(asio::io_context& loop, Priority priority, std::size_t at_once, Time spin)
    : loop_(loop), at_once_(at_once), spin_(spin), thread_([this, priority] { serve(priority); }) {}

Lane::~Lane() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wanted_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Lane::push(Task task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    wanted_ = true;
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
    if (!begun_.empty() && end_soon()) continue;
    if (auto task = next_to_begin()) {
      do_work([&] {
        task->begin();
        begun_.push_back(std::move(*task));
      });
    } else if (!begun_.empty()) {
      std::this_thread::yield();
    } else {
      return;
    }
  }
}

void Lane::spin() const {
  const auto end = std::chrono::steady_clock::now() + spin_;
  while (!wanted_.load(std::memory_order_acquire) && std::chrono::steady_clock::now() < end) {
  }
}

std::optional<Lane::Task> Lane::next_to_begin() {
  if (spin_ > Time{0} && begun_.empty()) spin();
  std::unique_lock lock(mutex_);
  if (begun_.empty()) changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
  if (stopping_ || tasks_.empty() || begun_.size() == at_once_) return std::nullopt;
  Task task = std::move(tasks_.front());
  tasks_.pop_front();
  wanted_ = stopping_ || !tasks_.empty();
  return task;
}

bool Lane::end_soon() {
  if (spin_ == Time{0}) return try_to_end();
  constexpr Time kSoon{10'000};
  const auto deadline = std::chrono::steady_clock::now() + kSoon;
  while (!try_to_end())
    if (std::chrono::steady_clock::now() >= deadline) return false;
  return true;
}

bool Lane::try_to_end() {
  bool over = true;  // stays true if ready() throws
  do_work([&] {
    over = begun_.front().ready();
    if (over) begun_.front().end();
  });
  if (over) begun_.pop_front();
  return over;
}

void Lane::do_work(const std::function<void()>& work) {
  try {
    work();
  } catch (...) {
    post_to_loop([error = std::current_exception()] { std::rethrow_exception(error); });
  }
}

}  // namespace splitbench
