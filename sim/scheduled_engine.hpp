#pragma once
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "network/event_loop.hpp"
#include "workers/engine.hpp"

namespace splitbench {

/// Stages of one piece of work, one after the other, and how long each takes.
using StageTimes = std::vector<std::pair<Stage, Time>>;

/// How long a prefill worker's work takes, and what comes of it.
class PrefillCosts {
 public:
  struct Pack {
    StageTimes stages;  // at least one
    std::uint64_t payload_bytes = 0;
    std::uint64_t escapes = 0;
  };
  virtual ~PrefillCosts() = default;
  virtual StageTimes compute(const Job&, std::uint32_t group) = 0;
  virtual Pack pack(const Job&, const Chunk&) = 0;
  virtual Time digest(const Job&) = 0;
};

class DecodeCosts {
 public:
  virtual ~DecodeCosts() = default;
  virtual StageTimes unpack(const Job&, const Chunk&) = 0;  // at least one
  virtual Time digest(const Job&) = 0;
  virtual Time step(std::span<const std::uint64_t> context_tokens) = 0;
};

/// Something that does one piece of work after another, in virtual time.
class VirtualLane {
 public:
  explicit VirtualLane(EventLoop& loop) : loop_(loop) {}
  /// Puts the work behind what is there already, and calls `done` with its spans when it ends.
  void run(const StageTimes&, std::function<void(std::vector<Span>)> done);

 private:
  EventLoop& loop_;
  Time free_{0};
};

/// A prefill worker's device that takes as long as its costs say.
class ScheduledPrefillEngine final : public PrefillEngine {
 public:
  ScheduledPrefillEngine(EventLoop&, PrefillCosts&);

  void prepare(const Job&, std::function<void()> done) override { done(); }
  void compute(const Job&, std::uint32_t group,
               std::function<void(std::vector<Span>)> done) override;
  void pack(const Job&, const Chunk&, std::uint32_t slot,
            std::function<void(Packed)> done) override;
  void digest(const Job&, std::function<void(std::vector<std::uint64_t>)> done) override;

 private:
  PrefillCosts& costs_;
  VirtualLane compute_lane_, pack_lane_, digest_lane_;
};

/// The same of a decode worker.
class ScheduledDecodeEngine final : public DecodeEngine {
 public:
  ScheduledDecodeEngine(EventLoop&, DecodeCosts&);

  void unpack(const Job&, const Chunk&, std::uint32_t slot, std::uint64_t payload_bytes,
              std::function<void(Unpacked)> done) override;
  void digest(const Job&, std::function<void(std::vector<std::uint64_t>, Span)> done) override;
  void step(std::span<const std::uint64_t> context_tokens, std::function<void(Span)> done) override;

 private:
  DecodeCosts& costs_;
  VirtualLane unpack_lane_, digest_lane_, step_lane_;
};

}  // namespace splitbench
