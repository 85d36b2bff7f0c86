#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace splitbench {

enum class Discipline { fair, fifo };

/// From `at` on, counted from the start of a run, every NIC has this bandwidth.
struct RateChange {
  std::chrono::nanoseconds at{0};
  std::uint64_t bandwidth = 0;  ///< bit/s

  bool operator==(const RateChange&) const = default;
};

inline constexpr std::size_t kMaxRateChanges = 256;
/// The bandwidth of a wire without a limit: a megabyte takes 8 ns, and all arithmetic still holds.
inline constexpr std::uint64_t kUnlimited = 1'000'000'000'000'000;

/// What the wire is. Field names are the keys of `link:` in a scenario.
struct LinkSpec {
  /// bit/s of each worker's NIC, in each direction, from a run's start; of fifo, of the one wire
  std::uint64_t bandwidth = 0;
  std::vector<RateChange> schedule;  ///< `at` ascends and is above 0; at most kMaxRateChanges
  /// More limits, on prefill workers' NICs outwards and on decode workers' NICs inwards. Empty:
  /// none; one value: of each; else one for each worker. fifo has no NICs and heeds neither.
  std::vector<std::uint64_t> egress, ingress;
  std::uint64_t spine = 0;              ///< bit/s that all flows share; 0: no such limit
  double efficiency = 1;                ///< share of every rate above that the wire delivers
  std::chrono::nanoseconds latency{0};  ///< one way
  /// Uniform in [0, jitter] on top of each chunk's latency; chunks of a flow stay in order.
  std::chrono::nanoseconds jitter{0};
  Discipline discipline = Discipline::fair;
  std::uint64_t seed = 0;  ///< of the jitter

  bool operator==(const LinkSpec&) const = default;
};

/// From one prefill worker to one decode worker. Its chunks stay in order.
struct FlowId {
  std::uint32_t sender = 0;
  std::uint32_t receiver = 0;

  bool operator==(const FlowId&) const = default;
};

/// When a chunk crosses the wire. `end` is the moment its last byte left the sender, and `arrival`
/// that moment plus latency and jitter. Both may still move, to either side, while other flows
/// start or end; once `end` is past they stay. Of a chunk that was abandoned, `start`, `end` and
/// `arrival` are Time::max().
struct Delivery {
  std::chrono::nanoseconds ready{0};
  std::chrono::nanoseconds start{0};
  std::chrono::nanoseconds end{0};
  std::chrono::nanoseconds arrival{0};
};

struct LinkTable;

/// The one model of the wire: it never sleeps and never sends, it only says when.
///
/// `fair` is fluid. A flow is active while it has bytes that are ready and not delivered; active
/// flows get max-min fair rates over what they pass (the sender's NIC, the receiver's NIC, the
/// spine), recomputed at every start and end of a flow and every change of a rate. `fifo` is one
/// wire for all, first come first served. An idle link banks nothing. Arithmetic is in whole
/// bit-nanoseconds, so a flow's times are exact to the nanosecond.
///
/// A view over memory that the caller owns, aligned to 16 bytes, in which no addresses stand; the
/// memory may be shared between processes, which then must serialise their calls (see SharedLink).
/// A process may be killed at any instant within a call: after recover() the call was made wholly
/// or not at all.
class Link {
 public:
  using Time = std::chrono::nanoseconds;

  static std::size_t bytes_needed(std::uint32_t senders, std::uint32_t receivers);
  /// A run begins at `origin` on the clock of every `now`.
  static Link initialize(std::span<std::byte> memory, const LinkSpec&, std::uint32_t senders,
                         std::uint32_t receivers, Time origin = Time{0});
  static Link attach(std::span<std::byte> memory) { return Link(memory.data()); }

  /// An empty wire of the same spec: a new run begins, and chunks are numbered from 0 again.
  void reset(Time origin);

  /// `bytes` (at least one) of a flow are ready now; returns the chunk's number in its flow, from
  /// 0. Times never run backwards: an earlier `now` than a previous call's counts as that one.
  /// Fewer than kWindow chunks of a flow may be on their way.
  std::uint64_t offer(Time now, FlowId, std::uint64_t bytes);

  /// How many chunks of the flow were offered in this run: the next one's number.
  std::uint64_t offered(FlowId) const;

  /// What is known of one of the last kWindow chunks of a flow.
  Delivery delivery(FlowId, std::uint64_t chunk) const;

  /// Whatever of the flow has not left its sender by now will never arrive; the others speed up.
  void abandon(Time now, FlowId);

  /// Grows whenever a chunk on its way to that receiver moved to an earlier arrival, which somebody
  /// who sleeps until the later one has to be told.
  std::uint64_t epoch(std::uint32_t receiver) const;

  /// Finishes what a killed process left half done, and lets every epoch grow. Harmless otherwise.
  void recover();

  static constexpr std::uint64_t kWindow = 1024;

 private:
  explicit Link(std::byte* memory) : memory_(memory) {}

  std::byte* memory_;
};

}  // namespace splitbench
