#pragma once
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <utility>
#include <vector>

namespace splitbench {

/// The gaps between a request's consecutive tokens, in order. Each takes four bytes as long as none
/// is negative or longer than 4.29 s, else each takes eight: a run of a million requests has more
/// of them than of anything else. Not thread-safe.
class TokenGaps {
 public:
  using Time = std::chrono::nanoseconds;

  class Iterator {
   public:
    using difference_type = std::ptrdiff_t;
    using value_type = Time;

    Iterator() = default;
    Iterator(const TokenGaps* gaps, std::size_t index) : gaps_(gaps), index_(index) {}
    Time operator*() const { return (*gaps_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++index_;
      return before;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const TokenGaps* gaps_ = nullptr;
    std::size_t index_ = 0;
  };

  TokenGaps() = default;
  TokenGaps(std::initializer_list<Time> gaps) {
    for (const Time gap : gaps) push_back(gap);
  }

  void reserve(std::size_t gaps) { words_.reserve(gaps * words_each()); }
  void push_back(Time gap) {
    if (!wide_ && (gap < Time{0} || gap.count() > std::numeric_limits<std::uint32_t>::max()))
      widen();
    words_.push_back(static_cast<std::uint32_t>(gap.count()));
    if (wide_) words_.push_back(static_cast<std::uint32_t>(gap.count() >> 32));
  }
  void pop_back() { words_.resize(words_.size() - words_each()); }
  void clear() {
    words_.clear();
    wide_ = false;
  }

  bool empty() const { return words_.empty(); }
  std::size_t size() const { return words_.size() / words_each(); }
  Time operator[](std::size_t index) const {
    if (!wide_) return Time(words_[index]);
    const std::uint64_t high = words_[2 * index + 1];
    return Time(static_cast<std::int64_t>(high << 32 | words_[2 * index]));
  }
  Time front() const { return (*this)[0]; }
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }

  bool operator==(const TokenGaps& other) const {
    return std::equal(begin(), end(), other.begin(), other.end());
  }

 private:
  std::size_t words_each() const { return wide_ ? 2 : 1; }
  void widen() {
    std::vector<std::uint32_t> wider;
    wider.reserve(2 * words_.capacity());
    for (const std::uint32_t word : words_) wider.insert(wider.end(), {word, 0});
    words_ = std::move(wider);
    wide_ = true;
  }

  std::vector<std::uint32_t> words_;  // of each gap, the low one first
  bool wide_ = false;
};

}  // namespace splitbench
