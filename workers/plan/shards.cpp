#include "workers/plan/shards.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <stdexcept>
#include <vector>

#include "workers/plan/rank_plan.hpp"

namespace splitbench {
namespace {

constexpr std::uint64_t kSomeTokens = 64;  // of a prompt by which parts are compared

/// Returns how many flows each rank at one end has; 0 unless all that have any have as many.
std::uint32_t flows_each(const std::vector<RankFlow>& flows, std::uint32_t RankFlow::*rank) {
  std::map<std::uint32_t, std::uint32_t> count;
  for (const RankFlow& flow : flows) ++count[flow.*rank];
  const std::uint32_t each = count.begin()->second;
  return std::ranges::all_of(count, [each](const auto& c) { return c.second == each; }) ? each : 0;
}

}  // namespace

Shards plan_shards(const ModelGeometry& model, ElementType type, std::uint32_t prefill_ranks,
                   std::uint32_t decode_ranks) {
  const std::vector<RankFlow> flows =
      plan_ranks(model, type, kSomeTokens, prefill_ranks, decode_ranks, {});
  const Shards shards{.count = static_cast<std::uint32_t>(flows.size()),
                      .of_prefill_rank = flows_each(flows, &RankFlow::prefill_rank),
                      .of_decode_rank = flows_each(flows, &RankFlow::decode_rank)};
  ModelGeometry first = model;
  first.part = part_of_shard(model, shards, 0);
  const std::uint64_t bytes = first.elements(type, kSomeTokens) * element_bytes(type);
  if (std::ranges::all_of(flows, [&](auto& flow) { return flow.bytes == bytes; }) &&
      (shards.of_prefill_rank == 0 || shards.of_decode_rank == 0))
    throw std::invalid_argument(fmt::format(
        "{} prefill and {} decode ranks: some would have more of the others to talk to, "
        "expected degrees of which one divides the other",
        prefill_ranks, decode_ranks));
  if (std::ranges::any_of(flows, [&](auto& flow) { return flow.bytes != bytes; }))
    throw std::invalid_argument(fmt::format(
        "{} prefill and {} decode ranks cut the cache of {} into parts that are not equally large",
        prefill_ranks, decode_ranks, model.name));
  return shards;
}

CachePart part_of_shard(const ModelGeometry& model, const Shards& shards, std::uint32_t shard) {
  if (shards.count == 1) return {};
  CachePart part{.states = shards.count};
  if (model.latent_dim > 0) return part;
  part.heads = std::max(model.kv_heads / shards.count, 1u);
  part.first_head =
      static_cast<std::uint32_t>(std::uint64_t{shard} * model.kv_heads / shards.count);
  return part;
}

}  // namespace splitbench
