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

bool VirtualLoop::timer_is_first() const {
  if (timers_.empty() || queue_.empty()) return queue_.empty();
  const Time when = queue_.next();
  return timers_.front().when != when ? timers_.front().when < when
                                      : timers_.front().place < queue_.place_of_next();
}

void VirtualLoop::run_first() {
  if (!timer_is_first()) {
    now_ = queue_.next();
    return queue_.pop()();
  }
  const Entry first = timers_.front();
  now_ = first.when;
  // It stays in the heap meanwhile, because most set themselves again.
  first.timer->call_(first.timer->object_);
  const std::size_t index = first.timer->index_;
  if (timers_[index].place == first.place) remove(index);
}

EventLoop::Time VirtualLoop::next_beside(const VirtualTimer& timer) const {
  Time next = queue_.empty() ? Time::max() : queue_.next();
  const bool is_first = !timers_.empty() && timers_.front().timer == &timer;
  const std::size_t end = std::min<std::size_t>(timers_.size(), is_first ? 3 : 1);
  for (std::size_t i = is_first ? 1 : 0; i < end; ++i) next = std::min(next, timers_[i].when);
  return next;
}

void VirtualLoop::put(std::size_t index, Entry entry) {
  for (std::size_t above; index > 0 && entry < timers_[above = (index - 1) / 2]; index = above) {
    timers_[index] = timers_[above];
    timers_[index].timer->index_ = index;
  }
  for (std::size_t below; (below = 2 * index + 1) < timers_.size(); index = below) {
    if (below + 1 < timers_.size() && timers_[below + 1] < timers_[below]) ++below;
    if (!(timers_[below] < entry)) break;
    timers_[index] = timers_[below];
    timers_[index].timer->index_ = index;
  }
  timers_[index] = entry;
  entry.timer->index_ = index;
}

void VirtualLoop::remove(std::size_t index) {
  timers_[index].timer->index_ = VirtualTimer::kUnset;
  const Entry last = timers_.back();
  timers_.pop_back();
  if (index < timers_.size()) put(index, last);
}

void VirtualTimer::set(EventLoop::Time when, std::uint64_t place) {
  const VirtualLoop::Entry entry{std::max(when, loop_.now_), place, this};
  if (index_ == kUnset) {
    index_ = loop_.timers_.size();
    loop_.timers_.push_back(entry);
  }
  loop_.put(index_, entry);
}

}  // namespace splitbench
