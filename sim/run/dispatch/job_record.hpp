#pragma once
#include <algorithm>
#include <optional>
#include <vector>

#include "workers/events.hpp"
#include "workers/plan/job.hpp"
#include "workloads/generators/workload.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// A job and what its workers reported on it.
struct JobRecord {
  Job job;
  std::optional<PrefillBegan> began;
  std::optional<PrefillReleased> released;
  std::optional<Installed> installed;
  std::vector<Finished> finished;  ///< cleared once they are written to the timelines
  bool verified = false;
  /// The number of shards that did what was reported, each: those of virtual time, which are alike.
  std::uint32_t shards_alike = 1;

  /// The size of the job's raw KV, and of each request's.
  std::uint64_t elements = 0;
  std::uint64_t raw_bytes = 0;
  std::vector<std::uint64_t> request_bytes;
};

/// Returns whether a job belongs to the warm-up of its run, whose figures do not count.
inline bool is_warmup(const Job& job, const WorkloadSpec& workload) {
  return std::ranges::any_of(job.requests,
                             [&](const JobRequest& r) { return r.id < workload.warmup; });
}

/// Writes a completed job to the timelines of its requests, which are indexed by request id, and
/// returns its transfer. All of these times count from `epoch`. The record must hold every report
/// of the job's workers. The timelines get the sums of their spans and, if `with_spans`, the spans.
Transfer write_timelines(const JobRecord&, Time epoch, bool with_spans,
                         std::vector<Timeline>& timelines);

}  // namespace splitbench
