#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "network/link/link_spec.hpp"

namespace splitbench {

/// The times at which a chunk crosses the wire. `end` is the moment its last byte left the sender,
/// and `arrival` that moment plus latency and jitter. Both may still move, to either side, while
/// other flows start or end; once `end` is past they stay. For an abandoned chunk, `start`, `end`
/// and `arrival` are Time::max().
struct Delivery {
  std::chrono::nanoseconds ready{0};
  std::chrono::nanoseconds start{0};
  std::chrono::nanoseconds end{0};
  std::chrono::nanoseconds arrival{0};
};

/// The one model of the wire: it never sleeps and never sends, it only computes times.
///
/// `fair` is fluid. A flow is active while it has bytes that are ready and not delivered; active
/// flows get max-min fair rates over what they pass (the sender's NIC, the receiver's NIC, the
/// spine), recomputed at every start and end of a flow and every change of a rate. `fifo` serves
/// chunks in the order in which they were offered: each takes what those before it leave of what it
/// passes, so that chunks which share a NIC cross it one after the other. An idle link banks
/// nothing. Arithmetic is in whole bit-nanoseconds, so a flow's times are exact to the nanosecond.
///
/// A link is a view over memory that the caller owns, aligned to 16 bytes, which contains no
/// addresses. Not thread-safe: the memory may be shared between processes, but calls must then be
/// serialised (see SharedLink). A process may be killed at any instant within a call: after
/// recover() the call was made wholly or not at all.
class Link {
 public:
  using Time = std::chrono::nanoseconds;

  /// Returns the size in bytes of the memory of a link between that many workers.
  static std::size_t bytes_needed(std::uint32_t senders, std::uint32_t receivers);
  /// Initializes memory of bytes_needed(). A run begins at `origin` on the clock of every `now`.
  static Link initialize(std::span<std::byte> memory, const LinkSpec&, std::uint32_t senders,
                         std::uint32_t receivers, Time origin = Time{0});
  /// Returns a view of memory that initialize() has written.
  static Link attach(std::span<std::byte> memory) { return Link(memory.data()); }

  /// Empties the wire: a new run begins with the same spec, and chunks are numbered from 0 again.
  void reset(Time origin);

  /// Offers `bytes` (at least one) of a flow, which are ready at `now`; returns the chunk's number
  /// in its flow, from 0. Times never run backwards: an earlier `now` than a previous call's counts
  /// as that one. Fewer than kWindow chunks of a flow may be on their way.
  std::uint64_t offer(Time now, FlowId, std::uint64_t bytes);

  /// Returns how many chunks of the flow were offered in this run: the next one's number.
  std::uint64_t offered(FlowId) const;

  /// Returns the times of one of the last kWindow chunks of a flow, as known now.
  Delivery delivery(FlowId, std::uint64_t chunk) const;

  /// Abandons the chunks of the flow that have not left their sender by `now`: they never arrive,
  /// and the other flows speed up.
  void abandon(Time now, FlowId);

  /// Returns a number that grows whenever a chunk on its way to that receiver moved to an earlier
  /// arrival, of which a process that sleeps until the later one must be notified.
  std::uint64_t epoch(std::uint32_t receiver) const;

  /// Finishes what a killed process left half done, and lets every epoch grow. Harmless otherwise.
  void recover();

  static constexpr std::uint64_t kWindow = kLinkWindow;

 private:
  explicit Link(std::byte* memory) : memory_(memory) {}

  std::byte* memory_;
};

}  // namespace splitbench
