#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace splitbench {

enum class Discipline { fair, fifo };

/// A change of the bandwidth that every NIC has from `at` on, counted from the start of a run.
struct RateChange {
  std::chrono::nanoseconds at{0};
  std::uint64_t bandwidth = 0;  ///< bit/s

  bool operator==(const RateChange&) const = default;
};

inline constexpr std::size_t kMaxRateChanges = 256;
/// The number of chunks that a link knows of a flow, the last ones.
inline constexpr std::uint64_t kLinkWindow = 1024;
/// The bandwidth of a wire without a limit: a megabyte takes 8 ns, and all arithmetic still holds.
inline constexpr std::uint64_t kUnlimited = 1'000'000'000'000'000;

/// The properties of the wire. Field names are the keys of `link:` in a scenario.
struct LinkSpec {
  /// The bandwidth in bit/s of each worker's NIC, in each direction, from a run's start.
  std::uint64_t bandwidth = 0;
  std::vector<RateChange> schedule;  ///< `at` ascends and is above 0; at most kMaxRateChanges
  /// More limits in bit/s, on prefill workers' NICs outwards and on decode workers' NICs inwards.
  /// Empty: none; one value: for every NIC; else one value for each worker.
  std::vector<std::uint64_t> egress, ingress;
  std::uint64_t spine = 0;              ///< bit/s that all flows share; 0: no such limit
  double efficiency = 1;                ///< share of every rate above that the wire delivers
  std::chrono::nanoseconds latency{0};  ///< one way
  /// The largest jitter: uniform in [0, jitter] on top of each chunk's latency; chunks of a flow
  /// stay in order.
  std::chrono::nanoseconds jitter{0};
  Discipline discipline = Discipline::fair;
  std::uint64_t seed = 0;  ///< seed of the jitter

  bool operator==(const LinkSpec&) const = default;
};

/// The flow from one prefill worker to one decode worker. Its chunks stay in order.
struct FlowId {
  std::uint32_t sender = 0;
  std::uint32_t receiver = 0;

  bool operator==(const FlowId&) const = default;
};

}  // namespace splitbench
