#include "network/event_loop.hpp"

#include <algorithm>
#include <utility>

namespace splitbench {

void TaskQueue::push(EventLoop::Time when, EventLoop::Task task) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(tasks_.size()));
    tasks_.emplace_back();
  }
  const std::uint32_t place = free_.back();
  free_.pop_back();
  tasks_[place] = std::move(task);
  std::vector<Entry>& heap = !near_.empty() && when - near_.front().when > kFar ? far_ : near_;
  heap.push_back({when, order_++, place});
  std::ranges::push_heap(heap, Later());
}

EventLoop::Task TaskQueue::pop() {
  std::vector<Entry>& heap = &next_heap() == &near_ ? near_ : far_;
  std::ranges::pop_heap(heap, Later());
  const std::uint32_t place = heap.back().task;
  heap.pop_back();
  free_.push_back(place);
  return std::exchange(tasks_[place], nullptr);
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
