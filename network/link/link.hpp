#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "network/link/link_spec.hpp"

namespace splitbench {

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

  static constexpr std::uint64_t kWindow = kLinkWindow;

 private:
  explicit Link(std::byte* memory) : memory_(memory) {}

  std::byte* memory_;
};

}  // namespace splitbench
