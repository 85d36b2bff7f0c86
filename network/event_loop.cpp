#include "network/event_loop.hpp"

#include <algorithm>
#include <utility>

namespace splitbench {

bool TaskQueue::later(const Entry& a, const Entry& b) {
  return std::pair(a.when, a.order) > std::pair(b.when, b.order);
}

void TaskQueue::push(EventLoop::Time when, EventLoop::Task task) {
  heap_.push_back({when, order_++, std::move(task)});
  std::push_heap(heap_.begin(), heap_.end(), later);
}

EventLoop::Task TaskQueue::pop() {
  std::pop_heap(heap_.begin(), heap_.end(), later);
  EventLoop::Task task = std::move(heap_.back().task);
  heap_.pop_back();
  return task;
}

void VirtualLoop::run() {
  run_until([] { return false; });
}

void VirtualLoop::run_until(const std::function<bool()>& done) {
  while (!queue_.empty() && !done()) {
    now_ = queue_.next();
    queue_.pop()();
  }
}

}  // namespace splitbench
