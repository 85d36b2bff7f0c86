#pragma once
#include <asio/io_context.hpp>

#include "network/event_loop.hpp"
#include "workers/backend.hpp"
#include "workers/engine.hpp"
#include "workers/lane.hpp"
#include "workers/timing.hpp"

namespace splitbench {

/// Does a prefill worker's work on a backend: one lane computes, one packs, one takes digests. That
/// one yields to the others unless verification is inline, and so stays off the critical path.
class RealPrefillEngine final : public PrefillEngine {
 public:
  RealPrefillEngine(asio::io_context&, Backend&, const Pipeline&, ComputeKind, const ComputeModel&);

  void prepare(const Job&, std::function<void()> done) override;
  void compute(const Job&, std::uint32_t group,
               std::function<void(std::vector<Span>)> done) override;
  void pack(const Job&, const Chunk&, std::uint32_t slot,
            std::function<void(Packed)> done) override;
  void digest(const Job&, std::function<void(std::vector<std::uint64_t>)> done) override;

 private:
  Backend& backend_;
  const Pipeline& pipeline_;
  ComputeKind kind_;
  const ComputeModel& model_;
  /// Nanoseconds that writing one token's KV of one layer took last: KV is written as late in its
  /// group's compute time as it can be, so that on a small machine it keeps out of the way of
  /// packing.
  double fill_cost_ = 0;
  Lane compute_lane_, pack_lane_, digest_lane_;
};

/// Does a decode worker's work on a backend. Decode steps take the time that the hardware profile
/// says.
class RealDecodeEngine final : public DecodeEngine {
 public:
  RealDecodeEngine(asio::io_context&, EventLoop&, Backend&, const Pipeline&, ComputeKind,
                   const ComputeModel&);

  void unpack(const Job&, const Chunk&, std::uint32_t slot, std::uint64_t payload_bytes,
              std::function<void(Unpacked)> done) override;
  void digest(const Job&, std::function<void(std::vector<std::uint64_t>, Span)> done) override;
  void step(std::span<const std::uint64_t> context_tokens, std::function<void(Span)> done) override;

 private:
  EventLoop& loop_;
  Backend& backend_;
  ComputeKind kind_;
  const ComputeModel& model_;
  Lane unpack_lane_, digest_lane_;
};

}  // namespace splitbench
