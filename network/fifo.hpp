#pragma once
#include <cstddef>
#include <utility>
#include <vector>

namespace splitbench {

/// A queue that takes no memory while it is unused, and no more while it only moves on.
template <class T>
class Fifo {
 public:
  void push_back(const T& value) { values_.push_back(value); }
  void push_back(T&& value) { values_.push_back(std::move(value)); }
  /// Adds an empty value, and returns it until the next is added.
  T& push_back() { return values_.emplace_back(); }
  /// Returns the first value and removes it; there must be one.
  T take_front() {
    T value = std::move(values_[first_++]);
    if (first_ == values_.size()) {
      clear();
    } else if (first_ >= kMostGone && 2 * first_ >= values_.size()) {
      values_.erase(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    return value;
  }
  void clear() {
    values_.clear();
    first_ = 0;
  }

  bool empty() const { return first_ == values_.size(); }
  std::size_t size() const { return values_.size() - first_; }
  T& operator[](std::size_t index) { return values_[first_ + index]; }
  const T& front() const { return values_[first_]; }
  const T& back() const { return values_.back(); }
  auto begin() { return values_.begin() + static_cast<std::ptrdiff_t>(first_); }
  auto end() { return values_.end(); }

 private:
  static constexpr std::size_t kMostGone = 16;

  std::vector<T> values_;
  std::size_t first_ = 0;  // those before it are gone
};

}  // namespace splitbench
