#pragma once
#include <asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "network/event_loop.hpp"
#include "workers/device/backend.hpp"
#include "workers/device/lane.hpp"
#include "workers/engine.hpp"
#include "workers/plan/timing.hpp"
#include "workers/transport.hpp"

namespace splitbench {

/// Returns the destination of a job's next chunk that is packed into a slot. Called on the event
/// loop's thread.
using DestinationOf = std::function<Destination(const Job&, std::uint32_t slot)>;

/// Does a prefill worker's work on a backend: one lane computes, one packs, one takes digests. The
/// digest lane yields to the others unless verification is inline, and so stays off the critical
/// path. Calls must come from the event loop's thread. References must outlive the engine. `spin`
/// is that of the lanes (lane.hpp).
class RealPrefillEngine final : public PrefillEngine {
 public:
  RealPrefillEngine(asio::io_context&, Backend&, const Pipeline&, ComputeKind, const ComputeModel&,
                    DestinationOf, Time spin);

  void prepare(const Job&, std::function<void()> done) override;
  void compute(const Job&, std::uint32_t group) override;
  void pack(const Job&, const Chunk&, std::uint32_t slot, std::vector<Coding>) override;
  void digest(const Job&, std::function<void(std::vector<std::uint64_t>)> done) override;

 private:
  /// Computes a group's KV, which is in memory on return. Returns the span of time that it took.
  Span compute_timed(const Job&, std::uint32_t group);
  Span compute_really(const Job&, std::uint32_t group);
  void fill(const Job&, std::uint32_t group);
  double bytes_of(const Job&, std::uint32_t group) const;

  Backend& backend_;
  const Pipeline& pipeline_;
  ComputeKind kind_;
  const ComputeModel& model_;
  /// The nanoseconds that writing one token's KV of one layer took last time. KV is written as late
  /// in its group's compute time as possible, so that on a small machine it does not slow packing
  /// down.
  double fill_cost_ = 0;
  /// The moment at which the last group's time was over, as it was seen, and at which it should
  /// have been: a job's groups follow each other without a gap, as they do on a GPU, however long
  /// the way here from one to the next is, and sleeps that were too long are made up for.
  Time computed_until_{0}, due_{0};
  DestinationOf destination_;
  Lane compute_lane_, pack_lane_, digest_lane_;
};

/// Does a decode worker's work on a backend. Decode steps take the time that the hardware profile
/// gives, the time of real work with `compute: gemm`, or none with `compute: none`. Calls must come
/// from the event loop's thread. References must outlive the engine. `spin` is that of the lanes.
class RealDecodeEngine final : public DecodeEngine {
 public:
  RealDecodeEngine(asio::io_context&, EventLoop&, Backend&, const Pipeline&, ComputeKind,
                   const ComputeModel&, Receiver&, Time spin);

  void unpack(const Job&, const Chunk&, std::uint32_t slot, std::uint64_t payload_bytes) override;
  void digest(const Job&, std::function<void(std::vector<std::uint64_t>, Span)> done) override;
  /// Computes one step, whatever `most` is.
  void steps(std::span<const std::uint64_t> context_tokens, std::uint64_t most,
             std::function<void(std::span<const Span>)> done) override;

 private:
  static constexpr Time kNever{std::numeric_limits<std::int64_t>::min() / 2};

  EventLoop& loop_;
  Backend& backend_;
  ComputeKind kind_;
  const ComputeModel& model_;
  Receiver& receiver_;
  /// The moment at which the step that has just ended should have: one that follows at once begins
  /// there, as it does on a GPU, so that what a timer is late by, if less than a step, does not add
  /// up over steps.
  Time ended_ = kNever;
  Lane unpack_lane_, digest_lane_, step_lane_;
};

}  // namespace splitbench
