#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace splitbench {

enum class Discipline { fair, fifo };

/// What the wire is. Field names are the keys of `link:` in a scenario.
struct LinkSpec {
  std::uint64_t bandwidth = 0;          ///< bit/s of each worker's NIC, in each direction
  std::chrono::nanoseconds latency{0};  ///< one way
  Discipline discipline = Discipline::fair;

  bool operator==(const LinkSpec&) const = default;
};

/// From one prefill worker to one decode worker. Its chunks stay in order.
struct FlowId {
  std::uint32_t sender = 0;
  std::uint32_t receiver = 0;
};

/// When a chunk crosses the wire. `end` is the moment its last byte left the sender, and `arrival`
/// that moment plus the latency. Both may still move while other flows start or end.
struct Delivery {
  std::chrono::nanoseconds ready{0};
  std::chrono::nanoseconds start{0};
  std::chrono::nanoseconds end{0};
  std::chrono::nanoseconds arrival{0};
};

/// The one model of the wire: it never sleeps and never sends, it only says when.
///
/// `fair` is fluid. Every worker has a NIC of the same rate; a flow is active while it has bytes
/// that are ready and not delivered; active flows get max-min fair rates over the NICs they use,
/// recomputed at every start and end of a flow. `fifo` is one wire for all, first come first
/// served. An idle link banks nothing. Arithmetic is in whole bit-nanoseconds, so a flow's times
/// are exact to the nanosecond.
///
/// A view over memory that the caller owns, aligned to 16 bytes; the memory may be shared between
/// processes, which then must serialise their calls (see SharedLink).
class Link {
 public:
  using Time = std::chrono::nanoseconds;

  static std::size_t bytes_needed(std::uint32_t senders, std::uint32_t receivers);
  static Link initialize(std::span<std::byte> memory, const LinkSpec&, std::uint32_t senders,
                         std::uint32_t receivers);
  static Link attach(std::span<std::byte> memory) { return Link(memory.data()); }

  /// `bytes` (at least one) of a flow are ready now; returns the chunk's number in its flow, from
  /// 0. Times never run backwards: an earlier `now` than a previous call's counts as that one. At
  /// most kWindow chunks of a flow may be on their way.
  std::uint64_t offer(Time now, FlowId, std::uint64_t bytes);

  /// What is known of one of the last kWindow chunks of a flow.
  Delivery delivery(FlowId, std::uint64_t chunk) const;

  static constexpr std::uint64_t kWindow = 1024;

 private:
  struct Chunk;
  struct Flow;
  struct State;

  explicit Link(std::byte* memory) : memory_(memory) {}
  State& state() const;
  std::span<Flow> flows() const;
  Flow& flow(FlowId) const;
  void offer_fifo(Time now, Flow&, std::uint64_t bytes);
  /// Serves what is offered until that time, writing the times of each chunk that ends on the way;
  /// without `commit` it only foretells: the state stays where it is.
  void serve(std::int64_t until, bool commit);

  std::byte* memory_;
};

}  // namespace splitbench
