#pragma once
#include "reports/analysis/observation.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// Whether the run's KV drifted, or something was done in case that it does: of other runs there is
/// nothing to say about drift.
bool watches_drift(const RunRecord& run);

/// How far it drifted, what the best codebooks would have given, what travelled in stored frames
/// and how often codebooks changed. Nothing for a run that does not watch it; warm-up is left out,
/// but not the changes that it brought.
void add_drift(Observation& observation, const RunRecord& run);

}  // namespace splitbench
