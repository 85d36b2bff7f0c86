#pragma once
#include <optional>
#include <vector>

#include "workers/events.hpp"
#include "workers/job.hpp"
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

  /// Bytes of its raw KV.
  std::uint64_t raw_bytes = 0;
};

/// Writes what a job that is through leaves in its requests' timelines (by request id), and returns
/// its transfer. Moments then count from `epoch`.
Transfer write_timelines(const JobRecord&, Time epoch, std::vector<Timeline>& timelines);

}  // namespace splitbench
