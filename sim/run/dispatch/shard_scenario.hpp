#pragma once
#include "configs/scenario.hpp"
#include "workers/plan/timing.hpp"

namespace splitbench {

/// Returns a scenario as each shard of its workers' caches sees it: with the shard's part of the
/// model's cache, of the link and of memory. Without tensor-parallel ranks it is the scenario. A
/// NIC that shards share is divided evenly between them, as they send the same at the same time.
/// The scenario must have passed the checks of its file.
Scenario shard_of(Scenario);

/// Returns the compute of a prefill worker, or of a decode worker, over all of its ranks.
ComputeModel compute_of(const Scenario&, bool prefill);

}  // namespace splitbench
