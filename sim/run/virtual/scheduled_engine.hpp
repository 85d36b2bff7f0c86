#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "network/event_loop.hpp"
#include "network/fifo.hpp"
#include "workers/engine.hpp"
#include "workers/plan/stage_model.hpp"

namespace splitbench {

/// The stages of one piece of work, one after the other, with the time that each takes.
using StageTimes = StagesIn<Time>;

/// A line of stages, each free from some moment on. A stage is identified by its position in the
/// line: two stages of the same name are distinct.
class StageLine {
 public:
  /// Enters a piece of work at `now`, and returns when each of its stages works on it.
  StageSpans enter(Time now, const StageTimes&);

 private:
  std::array<Time, kMostStages> free_{};
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
  /// Returns the time of a decode step of so many requests, with so many tokens of context
  /// together.
  virtual Time step(std::uint64_t requests, std::uint64_t context_tokens) = 0;
};

/// A resource that does pieces of work in order, in virtual time: each stage takes one piece after
/// another, and different stages work on different pieces. A piece's result has a member `spans`,
/// which the lane fills in. The loop must outlive it.
template <class Result>
class VirtualLane {
 public:
  using Done = std::function<void(const Result&)>;

  explicit VirtualLane(EventLoop& loop) : loop_(loop) {}

  /// Queues the work behind what is there already, and calls `done` with its result when it ends.
  void run(const StageTimes& stages, Result&& result, Done&& done) {
    result.spans = line_.enter(loop_.now(), stages);
    last_end_ = std::max(last_end_, result.spans.empty() ? loop_.now() : result.spans.back().end);
    pieces_.push_back({std::move(result), std::move(done)});
    loop_.at(last_end_, [this] { end_first(); });
  }

 private:
  struct Piece {
    Result result;
    Done done;
  };

  void end_first() {
    const Piece first = pieces_.take_front();
    first.done(first.result);
  }

  EventLoop& loop_;
  StageLine line_;
  Time last_end_{0};  // no piece ends before the one before it
  Fifo<Piece> pieces_;
};

/// The result of work that produces nothing but the time that it took.
struct Passed {
  StageSpans spans;
};

/// The device of a prefill worker, which takes as long as its costs say. References must outlive
/// it.
class ScheduledPrefillEngine final : public PrefillEngine {
 public:
  ScheduledPrefillEngine(EventLoop&, PrefillCosts&);

  void prepare(const Job&, std::function<void()> done) override { done(); }
  void compute(const Job&, std::uint32_t group,
               std::function<void(const StageSpans&)> done) override;
  void pack(const Job&, const Chunk&, std::uint32_t slot, std::vector<Coding>,
            std::function<void(const Packed&)> done) override;
  void digest(const Job&, std::function<void(std::vector<std::uint64_t>)> done) override;

 private:
  PrefillCosts& costs_;
  VirtualLane<Passed> compute_lane_, digest_lane_;
  VirtualLane<Packed> pack_lane_;
};

/// The device of a decode worker, which takes as long as its costs say. References must outlive it.
class ScheduledDecodeEngine final : public DecodeEngine {
 public:
  ScheduledDecodeEngine(EventLoop&, DecodeCosts&);

  void unpack(const Job&, const Chunk&, std::uint32_t slot, std::uint64_t payload_bytes,
              std::function<void(const Unpacked&)> done) override;
  void digest(const Job&, std::function<void(std::vector<std::uint64_t>, Span)> done) override;
  void steps(std::span<const std::uint64_t> context_tokens, std::uint64_t most,
             std::function<void(std::span<const Span>)> done) override;
  void end_steps() override;

 private:
  /// Schedules the end of the last of steps_, instead of any that was scheduled before.
  void end_at_last();

  EventLoop& loop_;
  DecodeCosts& costs_;
  VirtualLane<Unpacked> unpack_lane_;
  VirtualLane<Passed> digest_lane_;
  std::vector<Span> steps_;  // under way or to come
  std::function<void(std::span<const Span>)> steps_done_;
  std::uint64_t scheduled_ = 0;  // number of the end that counts
};

}  // namespace splitbench
