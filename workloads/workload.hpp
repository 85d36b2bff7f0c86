#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>

namespace splitbench {

enum class Arrivals { poisson, trace, closed };

/// Which requests come, and when. Field names are the keys of `workload:` in a scenario.
struct WorkloadSpec {
  Arrivals arrivals = Arrivals::poisson;
  double rate = 0;                ///< requests/s, poisson only
  std::uint32_t concurrency = 0;  ///< closed only
  std::filesystem::path trace{};  ///< trace only; the loader makes a relative one absolute
  double rate_scale = 1;          ///< trace only: 2 halves every gap
  double length_scale = 1;        ///< trace only: multiplies lengths, at least 1 token each
  std::optional<std::uint64_t> context{};  ///< prompt tokens; of a trace: the new median
  std::optional<std::uint64_t> output{};   ///< output tokens; of a trace: replaces the trace's own
  std::uint64_t requests = 0;              ///< how many are measured; of a trace 0 means all
  std::uint64_t warmup = 0;                ///< how many more run before them and are not reported
  std::uint32_t batch_size = 1;  ///< requests prefilled together; their KV is one transfer
};

}  // namespace splitbench
