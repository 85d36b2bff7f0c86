#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "workloads/generators/distribution.hpp"
#include "workloads/generators/rate_schedule.hpp"
#include "workloads/generators/session_spec.hpp"

namespace splitbench {

enum class Arrivals { constant, poisson, gamma, weibull, on_off, trace, closed };

/// Which requests come, and when. Field names are the keys of `workload:` in a scenario.
struct WorkloadSpec {
  Arrivals arrivals = Arrivals::poisson;
  double rate = 0;                        ///< sessions/s on average; neither of trace nor of closed
  double cv = 0;                          ///< gamma, weibull: of the gaps, deviation / mean
  double burstiness = 0;                  ///< gamma, instead of cv: 1 / cv^2, the shape
  Time on{0}, off{0};                     ///< on_off: mean times; none arrive during `off`
  ScheduleSpec schedule{};                ///< how the rate moves; neither of trace nor of closed
  std::uint32_t concurrency = 0;          ///< closed only
  Distribution think_time{};              ///< closed only: of a client, between its sessions
  std::filesystem::path trace{};          ///< trace only; the loader makes a relative one absolute
  bool spread = false;                    ///< trace only: batches over the time to the next one
  Time session_gap{0};                    ///< trace only, where it does not say when sessions begin
  double rate_scale = 1;                  ///< trace only: 2 halves every gap
  double length_scale = 1;                ///< trace only: multiplies lengths, at least 1 token each
  std::optional<Distribution> context{};  ///< prompt tokens; of a trace: the new median
  std::optional<Distribution> output{};   ///< output tokens; of a trace: replaces the trace's own
  SessionSpec sessions{};                 ///< what else there is to a session where there is no mix
  std::vector<TrafficClass> mix{};        ///< kinds of sessions, each with its own lengths
  std::uint64_t requests = 0;             ///< how many are measured; of a trace 0 means all
  std::uint64_t warmup = 0;               ///< how many more run before them and are not reported
  std::uint32_t batch_size = 1;           ///< requests prefilled together; their KV is one transfer
};

}  // namespace splitbench
