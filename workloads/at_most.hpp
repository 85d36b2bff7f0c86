#pragma once
#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

namespace splitbench {

/// A sequence of at most `kMost` values, kept in place: it takes no memory of the heap. T must be
/// default-constructible; the values beyond the sequence's end are unspecified.
template <class T, std::size_t kMost>
class AtMost {
 public:
  using value_type = T;

  AtMost() = default;
  AtMost(std::initializer_list<T> values) : AtMost(std::span<const T>(values)) {}
  /// Copies the values, which must be at most kMost.
  explicit AtMost(std::span<const T> values) {
    assert(values.size() <= kMost);
    for (const T& value : values) push_back(value);
  }

  void push_back(const T& value) {
    assert(size_ < kMost);
    values_[size_++] = value;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* begin() { return values_.data(); }
  T* end() { return values_.data() + size_; }
  const T* begin() const { return values_.data(); }
  const T* end() const { return values_.data() + size_; }
  T& operator[](std::size_t i) { return values_[i]; }
  const T& operator[](std::size_t i) const { return values_[i]; }
  const T& front() const { return values_[0]; }
  const T& back() const { return values_[size_ - 1]; }

  bool operator==(const AtMost& other) const { return std::ranges::equal(*this, other); }

 private:
  std::array<T, kMost> values_;
  std::uint32_t size_ = 0;
};

}  // namespace splitbench
