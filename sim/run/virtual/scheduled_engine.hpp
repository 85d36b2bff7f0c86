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

/// Stages in a line, each free from some moment on. A stage is known by its place in the line: two
/// of one name are two.
class StageLine {
 public:
  /// A piece of work enters the line at `now`: when each of its stages is at work on it.
  std::vector<Span> enter(Time now, const StageTimes&);

 private:
  std::vector<Time> free_;
};

/// How long a prefill worker's work takes, and what comes of it.
class PrefillCosts {
 public:
  struct Pack {
    StageTimes stages;  // at least one
    std::uint64_t payload_bytes = 0;
    std::vector<CodedPiece> pieces;
  };
  virtual ~PrefillCosts() = default;
  virtual StageTimes compute(const Job&, std::uint32_t group) = 0;
  virtual Pack pack(const Job&, const Chunk&, std::span<const Coding>) = 0;
  virtual Time digest(const Job&) = 0;
};

class DecodeCosts {
 public:
  virtual ~DecodeCosts() = default;
  virtual StageTimes unpack(const Job&, const Chunk&,
                            std::uint64_t payload_bytes) = 0;  // at least one
  virtual Time digest(const Job&) = 0;
  virtual Time step(std::span<const std::uint64_t> context_tokens) = 0;
};

/// Something that does pieces of work in order, in virtual time: each stage takes up one piece
/// after another, and different stages are at work on different pieces.
class VirtualLane {
 public:
  explicit VirtualLane(EventLoop& loop) : loop_(loop) {}
  /// Puts the work behind what is there already, and calls `done` with its spans when it ends.
  void run(const StageTimes&, std::function<void(std::vector<Span>)> done);

 private:
  EventLoop& loop_;
  StageLine line_;
  Time last_end_{0};  // no piece ends before the one before it
};

/// A prefill worker's device that takes as long as its costs say.
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
