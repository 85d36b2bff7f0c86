#pragma once
#include <asio/io_context.hpp>

#include "network/event_loop.hpp"
#include "workers/device/backend.hpp"
#include "workers/device/lane.hpp"
#include "workers/engine.hpp"
#include "workers/plan/timing.hpp"
#include "workers/transport.hpp"

namespace splitbench {

/// Where a job's chunk goes that is packed into one of the worker's slots.
using DestinationOf = std::function<Destination(const Job&, std::uint32_t slot)>;

/// Does a prefill worker's work on a backend: one lane computes, one packs, one takes digests. That
/// one yields to the others unless verification is inline, and so stays off the critical path.
class RealPrefillEngine final : public PrefillEngine {
 public:
  RealPrefillEngine(asio::io_context&, Backend&, const Pipeline&, ComputeKind, const ComputeModel&,
                    DestinationOf);

  void prepare(const Job&, std::function<void()> done) override;
  void compute(const Job&, std::uint32_t group,
               std::function<void(std::vector<Span>)> done) override;
  void pack(const Job&, const Chunk&, std::uint32_t slot, std::vector<Coding>,
            std::function<void(Packed)> done) override;
  void digest(const Job&, std::function<void(std::vector<std::uint64_t>)> done) override;

 private:
  /// When some layers' KV was computed; it lies in memory then.
  Span compute_timed(const Job&, std::uint32_t first_layer, std::uint32_t layers);
  Span compute_really(const Job&, std::uint32_t first_layer, std::uint32_t layers);
  void fill(const Job&, std::uint32_t first_layer, std::uint32_t layers);

  Backend& backend_;
  const Pipeline& pipeline_;
  ComputeKind kind_;
  const ComputeModel& model_;
  /// Nanoseconds that writing one token's KV of one layer took last: KV is written as late in its
  /// group's compute time as it can be, so that on a small machine it keeps out of the way of
  /// packing.
  double fill_cost_ = 0;
  DestinationOf destination_;
  Lane compute_lane_, pack_lane_, digest_lane_;
};

/// Does a decode worker's work on a backend. Decode steps take the time that the hardware profile
/// says, or, with `compute: gemm`, that they do take.
class RealDecodeEngine final : public DecodeEngine {
 public:
  RealDecodeEngine(asio::io_context&, EventLoop&, Backend&, const Pipeline&, ComputeKind,
                   const ComputeModel&, Receiver&);

  void unpack(const Job&, const Chunk&, std::uint32_t slot, std::uint64_t payload_bytes,
              std::function<void(Unpacked)> done) override;
  void digest(const Job&, std::function<void(std::vector<std::uint64_t>, Span)> done) override;
  void step(std::span<const std::uint64_t> context_tokens, std::function<void(Span)> done) override;

 private:
  EventLoop& loop_;
  Backend& backend_;
  ComputeKind kind_;
  const ComputeModel& model_;
  Receiver& receiver_;
  Lane unpack_lane_, digest_lane_, step_lane_;
};

}  // namespace splitbench
