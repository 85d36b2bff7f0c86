#include "network/real_loop.hpp"

#include <algorithm>
#include <asio/post.hpp>

namespace splitbench {

RealLoop::RealLoop(asio::io_context& io, Time spin)
    : timer_(io), spin_(spin), alive_(std::make_shared<char>()) {}

void RealLoop::at(Time when, Task task) {
  queue_.push(when, std::move(task));
  if (!running_ && !spinning_ && queue_.next() < armed_for_) arm();
}

void RealLoop::stay_awake(Time until) {
  if (spin_ == Time{0}) return;
  awake_until_ = std::max(awake_until_, until);
  if (!running_ && !spinning_) wait();
}

void RealLoop::arm() {
  if (queue_.empty()) {
    armed_for_ = Time::max();
    return;
  }
  armed_for_ = queue_.next();
  timer_.expires_at(std::chrono::steady_clock::time_point(armed_for_ - spin_));
  timer_.async_wait([this](std::error_code error) {
    if (!error) run_due();  // an error is the cancellation by a later expires_at
  });
}

void RealLoop::run_due() {
  struct Running {  // a task may throw, and the loop continues after that
    explicit Running(RealLoop& l) : loop(l) {
      loop.running_ = true;
      loop.spinning_ = false;
    }
    ~Running() {
      loop.running_ = false;
      loop.wait();
    }
    RealLoop& loop;
  } const running(*this);
  while (!queue_.empty() && queue_.next() <= now()) queue_.pop()();
}

void RealLoop::wait() {
  const Time present = now();
  const bool due_soon = !queue_.empty() && queue_.next() <= present + spin_;
  if (!due_soon && present >= awake_until_) return arm();
  spinning_ = true;
  armed_for_ = Time::max();
  asio::post(timer_.get_executor(), [this, alive = std::weak_ptr(alive_)] {
    if (alive.lock()) run_due();
  });
}

}  // namespace splitbench
