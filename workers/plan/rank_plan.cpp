#include "workers/plan/rank_plan.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>
#include <stdexcept>
#include <tuple>
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
  bool may_copy;  ///< parts are not cut where there are more ranks

  /// Returns the number of ranks that hold the same, since there are more of them than parts.
  std::uint32_t copies() const {
    return may_copy && count > parts ? static_cast<std::uint32_t>(count / parts) : 1;
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

using RankPair = std::pair<std::uint32_t, std::uint32_t>;  // prefill, decode
using Flows = std::map<RankPair, RankFlow>;

/// Adds what ranks exchange of one layer's tensors of a kind.
class LayerPlanner {
 public:
  LayerPlanner(const ModelGeometry& model, ElementType type, std::uint64_t tokens,
               std::uint32_t prefill_ranks, std::uint32_t decode_ranks, KvMemory memory)
      : model_(model),
        element_bytes_(element_bytes(type)),
        tokens_(tokens),
        prefill_ranks_(prefill_ranks),
        decode_ranks_(decode_ranks),
        memory_(memory) {}

  void add(const CacheTensor& tensor, Flows& flows) const {
    const bool state = tensor.tensor_class == TensorClass::state;
    const std::uint64_t parts = state ? tensor.width : has_heads(tensor) ? model_.kv_heads : 1;
    const Ranks prefill{parts, prefill_ranks_, !state}, decode{parts, decode_ranks_, !state};
    const Rows rows(tensor, tokens_, memory_);
    for (std::uint32_t d = 0; d < decode_ranks_; ++d)
      // Of ranks that hold the same, the one with its part of those that ask for it.
      for (std::uint32_t p = d % decode.copies() * prefill.copies() / decode.copies();
           p < prefill_ranks_; p += prefill.copies()) {
        const Range here = prefill.range(p), there = decode.range(d);
        const std::uint64_t shared = here.within(there).length();
        if (shared == 0) continue;
        const bool whole = shared == here.length() && shared == there.length();
        const bool by_token = !whole && !state && memory_.order == HeadOrder::nhd;
        RankFlow& flow = flows[{p, d}];
        flow.bytes += rows.rows * shared * (tensor.width / parts) * element_bytes_;
        flow.pieces += by_token ? rows.rows : rows.runs;
      }
  }

 private:
  static bool has_heads(const CacheTensor& tensor) {
    return tensor.tensor_class == TensorClass::k || tensor.tensor_class == TensorClass::v;
  }

  const ModelGeometry& model_;
  const std::uint64_t element_bytes_, tokens_;
  const std::uint32_t prefill_ranks_, decode_ranks_;
  const KvMemory memory_;
};

/// The tensors of a layer that has any, and the numbers of all layers that have the same.
struct AlikeLayers {
  std::vector<CacheTensor> tensors;
  std::vector<std::uint32_t> layers;
};

std::vector<AlikeLayers> alike_layers(const ModelGeometry& model, ElementType type) {
  using Shape = std::tuple<TensorClass, std::uint64_t, std::uint32_t>;
  std::map<std::vector<Shape>, AlikeLayers> alike;
  const std::vector<CacheTensor> all = model.tensors(type);
  for (auto begin = all.begin(); begin != all.end();) {
    const auto end =
        std::find_if(begin, all.end(), [&](auto& tensor) { return tensor.layer != begin->layer; });
    std::vector<Shape> shape;
    for (auto tensor = begin; tensor != end; ++tensor)
      shape.emplace_back(tensor->tensor_class, tensor->width, tensor->window);
    AlikeLayers& layers = alike[shape];
    if (layers.layers.empty()) layers.tensors.assign(begin, end);
    layers.layers.push_back(begin->layer);
    begin = end;
  }
  std::vector<AlikeLayers> found;
  for (auto& [shape, layers] : alike) found.push_back(std::move(layers));
  return found;
}

/// Returns the number of groups in which there is a layer of one of these kinds.
std::uint32_t count_groups(const std::vector<AlikeLayers>& kinds,
                           const std::vector<std::size_t>& chosen, std::uint32_t layer_group) {
  if (layer_group == 0) return 1;
  std::set<std::uint32_t> groups;
  for (const std::size_t kind : chosen)
    for (const std::uint32_t layer : kinds[kind].layers) groups.insert(layer / layer_group);
  return static_cast<std::uint32_t>(groups.size());
}

}  // namespace

std::vector<RankFlow> plan_ranks(const ModelGeometry& model, ElementType type, std::uint64_t tokens,
                                 std::uint32_t prefill_ranks, std::uint32_t decode_ranks,
                                 KvMemory memory, std::uint32_t layer_group) {
  for (const std::uint32_t ranks : {prefill_ranks, decode_ranks}) heads_of_rank(model, ranks);
  const LayerPlanner planner(model, type, tokens, prefill_ranks, decode_ranks, memory);
  const std::vector<AlikeLayers> kinds = alike_layers(model, type);
  Flows flows;
  std::map<RankPair, std::vector<std::size_t>> kinds_of_flows;
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    Flows of_one;
    for (const CacheTensor& tensor : kinds[kind].tensors)
      if (tensor.rows(tokens) > 0) planner.add(tensor, of_one);
    for (const auto& [ranks, one] : of_one) {
      RankFlow& flow = flows[ranks];
      flow.bytes += one.bytes * kinds[kind].layers.size();
      flow.pieces += one.pieces * kinds[kind].layers.size();
      kinds_of_flows[ranks].push_back(kind);
    }
  }
  std::map<std::vector<std::size_t>, std::uint32_t> messages;  // most flows have the same kinds
  std::vector<RankFlow> all;
  for (const auto& [ranks, flow] : flows) {
    all.push_back(flow);
    all.back().prefill_rank = ranks.first;
    all.back().decode_rank = ranks.second;
    const std::vector<std::size_t>& of_flow = kinds_of_flows[ranks];
    const auto [known, is_new] = messages.try_emplace(of_flow, 0);
    if (is_new) known->second = count_groups(kinds, of_flow, layer_group);
    all.back().messages = known->second;
  }
  return all;
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
