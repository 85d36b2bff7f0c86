#include "workloads/traces/rows/sorted_rows.hpp"

#include <utility>

namespace splitbench {
namespace {

/// Makes a row as new, but with the memory it had.
void clear(Row& row) {
  TraceRequest& request = row.request;
  request.session.clear();
  request.request_id.clear();
  request.wait_for.clear();
  request.hash_ids.clear();
  request.prefix_of.clear();
  request.timestamp = request.delay = Time(0);
  request.input_tokens = request.output_tokens = 0;
  request.prefix_tokens = request.answer_tokens = 0;
  request.block_tokens = 0;
  request.after_session = request.prefix_reset = request.states_prefix = false;
  row.roles = 0;
  row.failed = row.stays = false;
  row.chat = 0;
  row.parent = -1;
}

}  // namespace

Row& SortedRows::next_in() {
  if (free_.empty()) {
    free_.push_back(rows_.size());
    rows_.emplace_back();
  }
  clear(rows_[free_.back()]);
  return rows_[free_.back()];
}

void SortedRows::put_in() {
  order_.push_back(free_.back());
  free_.pop_back();
  ids_ += rows_[order_.back()].request.hash_ids.size();
  const Row& row = rows_[order_.back()];
  if (row.stays) return;
  if (row.order >= latest_) {
    latest_ = row.order;
    return;
  }
  const auto is_behind = [&](std::size_t other) {
    return rows_[other].stays || rows_[other].order > row.order;
  };
  for (std::size_t i = order_.size() - 1; i > 0 && is_behind(order_[i - 1]); --i)
    std::swap(order_[i], order_[i - 1]);
}

Row& SortedRows::take_out() {
  free_.push_back(order_.front());
  order_.pop_front();
  ids_ -= rows_[free_.back()].request.hash_ids.size();
  return rows_[free_.back()];
}

}  // namespace splitbench
