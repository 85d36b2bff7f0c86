#pragma once
#include <algorithm>
#include <optional>
#include <vector>

#include "workers/events.hpp"
#include "workers/plan/job.hpp"
#include "workloads/generators/workload.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// A job and what its workers reported of it.
struct JobRecord {
  Job job;
  std::optional<PrefillBegan> began;
  std::optional<PrefillReleased> released;
  std::optional<Installed> installed;
  std::vector<Finished> finished;  ///< until they are written to the timelines
  bool verified = false;

  /// Of its raw KV.
  std::uint64_t elements = 0;
  std::uint64_t raw_bytes = 0;
};

/// Whether a job is one of those that a run warms up with: its figures are nobody's.
inline bool is_warmup(const Job& job, const WorkloadSpec& workload) {
  return std::ranges::any_of(job.requests,
                             [&](const JobRequest& r) { return r.id < workload.warmup; });
}

/// Writes what a job that is through leaves in its requests' timelines (by request id), and returns
/// its transfer. Moments then count from `epoch`.
Transfer write_timelines(const JobRecord&, Time epoch, std::vector<Timeline>& timelines);

}  // namespace splitbench
