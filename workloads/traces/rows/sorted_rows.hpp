#pragma once
#include <cstddef>
#include <deque>
#include <vector>

#include "workloads/traces/rows/row.hpp"
#include "workloads/traces/trace_reader.hpp"

namespace splitbench {

/// A window over the rows of a file, in order of their times, each of them at most as far from
/// where it came as the number that is held; some stay where they came. Not thread-safe.
class SortedRows {
 public:
  bool full() const { return order_.size() == kRowsAhead || ids_ > kIdsAhead; }
  bool empty() const { return order_.empty(); }

  /// Returns a row as new, which counts once put_in() is called. There must be room.
  Row& next_in();
  /// Holds the row that next_in() gave last, where it belongs.
  void put_in();

  /// Returns the first row, which stays as it is until the next one is put in.
  Row& take_out();

  /// Calls `action` with each row, in order.
  template <class Action>
  void for_each(Action action) const {
    for (const std::size_t i : order_) action(rows_[i]);
  }

 private:
  std::deque<Row> rows_;  // as many as were ever held, for their memory
  std::vector<std::size_t> free_;
  std::deque<std::size_t> order_;
  static constexpr std::size_t kIdsAhead = 1 << 20;  // a few prompts of the longest are enough
  std::size_t ids_ = 0;
  Time latest_{0};  // of rows that do not stay
};

}  // namespace splitbench
