#include "sim/run/dispatch/shard_scenario.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace splitbench {
namespace {

/// The share of a worker's NICs that one shard has.
struct NicShare {
  std::uint64_t nics, shards;

  std::uint64_t of(std::uint64_t rate) const {
    if (rate == kUnlimited) return rate;
    return std::max<std::uint64_t>(rate * nics / shards, 1);
  }
};

/// Returns the limits of a side's shards that follow from those of its NICs, where they are below
/// what the shards of the faster side have.
std::vector<std::uint64_t> limits_of(const std::vector<std::uint64_t>& limits,
                                     std::uint64_t bandwidth, NicShare share,
                                     std::uint64_t fastest) {
  if (limits.empty() && share.of(bandwidth) == fastest) return {};
  std::vector<std::uint64_t> shares;
  for (const std::uint64_t limit : limits.empty() ? std::vector{bandwidth} : limits)
    shares.push_back(share.of(std::min(limit, bandwidth)));
  return shares;
}

void cut(LinkSpec& link, NicShare prefill, NicShare decode) {
  const auto faster = [&](std::uint64_t rate) {
    return std::max(prefill.of(rate), decode.of(rate));
  };
  const std::uint64_t fastest = faster(link.bandwidth);
  if (link.schedule.empty()) {
    link.egress = limits_of(link.egress, link.bandwidth, prefill, fastest);
    link.ingress = limits_of(link.ingress, link.bandwidth, decode, fastest);
  } else {  // both sides have as many NICs: the file's checks see to it
    for (std::uint64_t& limit : link.egress) limit = prefill.of(limit);
    for (std::uint64_t& limit : link.ingress) limit = decode.of(limit);
  }
  link.bandwidth = fastest;
  for (RateChange& change : link.schedule) change.bandwidth = faster(change.bandwidth);
  if (link.spine > 0) link.spine = std::max<std::uint64_t>(link.spine / prefill.shards, 1);
}

}  // namespace

Scenario shard_of(Scenario scenario) {
  Pipeline& pipeline = scenario.pipeline;
  const WorkerCounts& workers = scenario.workers;
  pipeline.shards =
      plan_shards(pipeline.model, pipeline.element_type, workers.prefill_tp, workers.decode_tp);
  const auto& [count, of_prefill_rank, of_decode_rank] = pipeline.shards;
  pipeline.model.part = part_of_shard(pipeline.model, pipeline.shards, 0);
  cut(scenario.link, {scenario.nics > 0 ? scenario.nics : count / of_prefill_rank, count},
      {scenario.nics > 0 ? scenario.nics : count / of_decode_rank, count});
  scenario.prefill_memory /= of_prefill_rank;
  scenario.decode_memory /= of_decode_rank;
  return scenario;
}

ComputeModel compute_of(const Scenario& scenario, bool prefill) {
  const ModelGeometry model = scenario.pipeline.model.whole();
  const std::uint32_t ranks = prefill ? scenario.workers.prefill_tp : scenario.workers.decode_tp;
  const std::uint32_t parts = std::max(model.kv_heads, 1u);  // a latent tensor is on every rank
  return {.model = model,
          .hardware = scenario.hardware,
          .scale = scenario.compute_scale * ranks,
          .kv_type = scenario.pipeline.element_type,
          .kv_copies = std::max(ranks / parts, 1u)};
}

}  // namespace splitbench
