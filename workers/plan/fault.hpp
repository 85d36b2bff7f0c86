#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace splitbench {

/// What can be made to go wrong in a run, on purpose.
enum class FaultKind {
  kill,          ///< a worker process dies
  stop,          ///< a worker process stands still
  cut,           ///< a connection ends in the middle of a chunk
  corrupt,       ///< a byte of a chunk changes on its way
  delay,         ///< a chunk is held back, and all behind it
  duplicate,     ///< a chunk is sent twice
  stop_reading,  ///< a decode worker takes nothing from a connection
  pool_full,     ///< a decode worker has no room for another job
  cancel,        ///< a client gives up on its request
  coordinator,   ///< the coordinator vanishes
};
inline constexpr std::array<std::string_view, 10> kFaultNames = {
    "kill",      "stop",         "cut",       "corrupt", "delay",
    "duplicate", "stop_reading", "pool_full", "cancel",  "coordinator"};

/// One line of a scenario's `faults:`. Field names are its keys, but for `duration`, which is
/// `for`.
struct FaultSpec {
  FaultKind kind = FaultKind::kill;
  std::optional<std::uint32_t> prefill, decode;  ///< a worker, or the flow between two
  std::optional<std::chrono::nanoseconds> at;    ///< from each run's start; else `probability`
  double probability = 0;                        ///< of each job
  std::chrono::nanoseconds duration{0};

  bool operator==(const FaultSpec&) const = default;
};

}  // namespace splitbench
