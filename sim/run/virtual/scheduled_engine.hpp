#pragma once
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "network/event_loop.hpp"
#include "workers/engine.hpp"

namespace splitbench {

/// The stages of one piece of work, one after the other, with the time that each takes.
using StageTimes = std::vector<std::pair<Stage, Time>>;

/// A line of stages, each free from some moment on. A stage is identified by its position in the
/// line: two stages of the same name are distinct.
class StageLine {
 public:
  /// Enters a piece of work at `now`, and returns when each of its stages works on it.
  std::vector<Span> enter(Time now, const StageTimes&);

 private:
  std::vector<Time> free_;
};

/// The cost model of a prefill worker: how long its work takes, and what it produces.
class PrefillCosts {
 public:
  struct Pack {
    StageTimes stages;  // one stage or more
    std::uint64_t payload_bytes = 0;
    std::vector<CodedPiece> pieces;
  };
  virtual ~PrefillCosts() = default;
  virtual StageTimes compute(const Job&, std::uint32_t group) = 0;
  virtual Pack pack(const Job&, const Chunk&, std::span<const Coding>) = 0;
  virtual Time digest(const Job&) = 0;
};

/// The cost model of a decode worker.
class DecodeCosts {
 public:
  virtual ~DecodeCosts() = default;
  virtual StageTimes unpack(const Job&, const Chunk&,
                            std::uint64_t payload_bytes) = 0;  // one stage or more
  virtual Time digest(const Job&) = 0;
  virtual Time step(std::span<const std::uint64_t> context_tokens) = 0;
};

/// A resource that does pieces of work in order, in virtual time: each stage takes one piece after
/// another, and different stages work on different pieces. The loop must outlive it.
class VirtualLane {
 public:
  explicit VirtualLane(EventLoop& loop) : loop_(loop) {}
  /// Queues the work behind what is there already, and calls `done` with its spans when it ends.
  void run(const StageTimes&, std::function<void(std::vector<Span>)> done);

 private:
  EventLoop& loop_;
  StageLine line_;
  Time last_end_{0};  // no piece ends before the one before it
};

/// The device of a prefill worker, which takes as long as its costs say. References must outlive
/// it.
class ScheduledPrefillEngine final : public PrefillEngine {
 public:
  ScheduledPrefillEngine(EventLoop&, PrefillCosts&);

  void prepare(const Job&, std::function<void()> done) override { done(); }
  void compute(const Job&, std::uint32_t group,
               std::function<void(std::vector<Span>)> done) override;
  void pack(const Job&, const Chunk&, std::uint32_t slot, std::vector<Coding>,
            std::function<void(Packed)> done) override;
  void digest(const Job&, std::function<void(std::vector<std::uint64_t>)> done) override;

 private:
  PrefillCosts& costs_;
  VirtualLane compute_lane_, pack_lane_, digest_lane_;
};

/// The device of a decode worker, which takes as long as its costs say. References must outlive it.
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
