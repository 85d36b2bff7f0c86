#include "workers/plan/rank_plan.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <stdexcept>
#include <utility>

namespace splitbench {
namespace {

/// A range of a tensor's row, in heads or in elements.
struct Range {
  std::uint64_t begin, end;

  std::uint64_t length() const { return end > begin ? end - begin : 0; }
  Range within(const Range& other) const {
    return {std::max(begin, other.begin), std::min(end, other.end)};
  }
};

/// The ranks of a worker, of which each holds a range of `parts`.
struct Ranks {
  std::uint64_t parts;
  std::uint32_t count;

  /// Returns the number of ranks that hold the same, since there are more of them than parts.
  std::uint32_t copies() const {
    return count > parts ? static_cast<std::uint32_t>(count / parts) : 1;
  }
  Range range(std::uint32_t rank) const {
    if (copies() > 1) return {rank / copies(), rank / copies() + 1};
    return {parts * rank / count, parts * (rank + 1) / count};
  }
};

/// The tokens of a tensor that are sent, and their pages.
struct Rows {
  std::uint64_t rows;  ///< whole pages of them, where there are pages
  std::uint64_t runs;  ///< pages, or 1

  Rows(const CacheTensor& tensor, std::uint64_t tokens, const KvMemory& memory)
      : rows(tensor.rows(tokens)), runs(1) {
    if (tensor.once || memory.page_tokens == 0) return;
    const std::uint64_t page = memory.page_tokens;
    runs = (tokens + page - 1) / page - (tokens - rows) / page;
    rows = runs * page;
  }
};

class Planner {
 public:
  Planner(const ModelGeometry& model, ElementType type, std::uint64_t tokens, KvMemory memory)
      : model_(model), element_(element_bytes(type)), tokens_(tokens), memory_(memory) {}

  void add(const CacheTensor& tensor, std::uint32_t prefill_ranks, std::uint32_t decode_ranks) {
    const bool state = tensor.tensor_class == TensorClass::state;
    const bool heads =
        tensor.tensor_class == TensorClass::k || tensor.tensor_class == TensorClass::v;
    const std::uint64_t parts = state ? tensor.width : heads ? model_.kv_heads : 1;
    const Ranks prefill{parts, prefill_ranks}, decode{parts, decode_ranks};
    const Rows rows(tensor, tokens_, memory_);
    for (std::uint32_t d = 0; d < decode_ranks; ++d)
      // Of ranks that hold the same, the one whose turn it is among those that ask for it.
      for (std::uint32_t p = d % decode.copies() % prefill.copies(); p < prefill_ranks;
           p += prefill.copies()) {
        const Range here = prefill.range(p), there = decode.range(d);
        const std::uint64_t shared = here.within(there).length();
        if (shared == 0) continue;
        const bool whole = shared == here.length() && shared == there.length();
        const bool by_token = !whole && !state && memory_.order == HeadOrder::nhd;
        Sum& sum = sums_[{p, d}];
        sum.flow.bytes += rows.rows * shared * (tensor.width / parts) * element_;
        sum.flow.pieces += by_token ? rows.rows : rows.runs;
        if (std::exchange(sum.last_layer, tensor.layer + 1) != tensor.layer + 1) ++sum.flow.layers;
      }
  }

  std::vector<RankFlow> flows() const {
    std::vector<RankFlow> flows;
    for (const auto& [ranks, sum] : sums_) {
      flows.push_back(sum.flow);
      flows.back().prefill_rank = ranks.first;
      flows.back().decode_rank = ranks.second;
    }
    return flows;
  }

 private:
  struct Sum {
    RankFlow flow;
    std::uint32_t last_layer = 0;  // counted from 1
  };

  const ModelGeometry& model_;
  const std::uint64_t element_, tokens_;
  const KvMemory memory_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Sum> sums_;
};

}  // namespace

std::vector<RankFlow> plan_ranks(const ModelGeometry& model, ElementType type, std::uint64_t tokens,
                                 std::uint32_t prefill_ranks, std::uint32_t decode_ranks,
                                 KvMemory memory) {
  for (const std::uint32_t ranks : {prefill_ranks, decode_ranks}) heads_of_rank(model, ranks);
  Planner planner(model, type, tokens, memory);
  for (const CacheTensor& tensor : model.tensors(type))
    if (tensor.rows(tokens) > 0) planner.add(tensor, prefill_ranks, decode_ranks);
  return planner.flows();
}

std::uint32_t heads_of_rank(const ModelGeometry& model, std::uint32_t ranks) {
  if (model.latent_dim > 0) return 1;
  if (model.kv_heads % ranks != 0 && ranks % model.kv_heads != 0)
    throw std::invalid_argument(
        fmt::format("{} ranks for the {} KV heads of {}, expected a divisor or a multiple of them",
                    ranks, model.kv_heads, model.name));
  return std::max(model.kv_heads / ranks, 1u);
}

}  // namespace splitbench
