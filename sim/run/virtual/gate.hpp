#pragma once
#include <deque>
#include <functional>
#include <utility>

namespace splitbench {

/// What comes in and goes out of something that can be made to stand still, in virtual time: an
/// open gate lets everything through at once, a held one keeps it in order, a shut one for ever.
class Gate {
 public:
  using Task = std::function<void()>;

  void pass(Task task) {
    if (state_ == State::open)
      task();
    else if (state_ == State::held)
      waiting_.push_back(std::move(task));
  }
  void hold() {
    if (state_ == State::open) state_ = State::held;
  }
  void open() {
    if (state_ != State::held) return;
    state_ = State::open;
    while (!waiting_.empty() && state_ == State::open) {
      const Task task = std::move(waiting_.front());
      waiting_.pop_front();
      task();
    }
  }
  void shut() {
    state_ = State::shut;
    waiting_.clear();
  }
  bool is_open() const { return state_ == State::open; }
  bool is_shut() const { return state_ == State::shut; }

 private:
  enum class State { open, held, shut };
  State state_ = State::open;
  std::deque<Task> waiting_;
};

}  // namespace splitbench
