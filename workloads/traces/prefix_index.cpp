#include "workloads/traces/prefix_index.hpp"

#include <algorithm>

namespace splitbench {

SharedPrefix PrefixIndex::add(std::uint64_t request, const TraceRequest& trace_request) {
  chain_.clear();
  std::uint64_t prefix = trace_request.block_tokens;
  for (const std::uint64_t id : trace_request.hash_ids)
    chain_.push_back(prefix = chained(prefix, id));
  const std::size_t blocks = known();
  for (std::size_t i = blocks; i < chain_.size(); ++i) first_with_.emplace(chain_[i], request);
  if (blocks == 0) return {};
  return {.of = first_with_.at(chain_[blocks - 1]),
          .blocks = blocks,
          .tokens = std::min(blocks * trace_request.block_tokens, trace_request.input_tokens)};
}

std::size_t PrefixIndex::known() const {
  const auto unknown = std::ranges::partition_point(
      chain_, [this](std::uint64_t prefix) { return first_with_.contains(prefix); });
  return static_cast<std::size_t>(unknown - chain_.begin());
}

}  // namespace splitbench
