#include "reports/analysis/drift_figures.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace splitbench {

bool watches_drift(const RunRecord& run) {
  return !run.codebook_changes.empty() || std::ranges::any_of(run.timelines, [](const Timeline& t) {
    return t.drift > 0 || t.ideal_bytes > 0;
  });
}

void add_drift(Observation& observation, const RunRecord& run) {
  if (!watches_drift(run)) return;
  double requests = 0, drift = 0, raw = 0, stored = 0, comparable = 0, wire = 0, ideal = 0;
  for (const Timeline& timeline : run.timelines) {
    if (timeline.warmup || timeline.status != Status::ok) continue;
    requests += 1;
    drift += timeline.drift;
    raw += static_cast<double>(timeline.raw_bytes);
    stored += static_cast<double>(timeline.stored_bytes);
    if (timeline.ideal_bytes == 0) continue;
    comparable += static_cast<double>(timeline.raw_bytes);
    wire += static_cast<double>(timeline.wire_bytes);
    ideal += static_cast<double>(timeline.ideal_bytes);
  }
  if (requests > 0) observation.rates["drift"] = drift / requests;
  if (raw > 0) observation.rates["stored_share"] = stored / raw;
  if (ideal > 0) observation.rates["ideal_ratio"] = comparable / ideal;
  if (wire > 0) observation.rates["ratio_of_ideal"] = ideal / wire;

  std::map<std::pair<std::uint32_t, std::uint32_t>, double> by_scope;  // of each worker
  double most = 0;
  for (const CodebookChange& change : run.codebook_changes)
    most = std::max(most, ++by_scope[{change.prefill_worker, change.scope}]);
  observation.totals["codebook_changes"] = static_cast<double>(run.codebook_changes.size());
  observation.peaks["codebook_changes_most"] = most;
}

}  // namespace splitbench
