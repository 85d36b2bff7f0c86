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
  /// `pieces` is empty: the memory for those of the pack, if there is some at hand.
  virtual Pack pack(const Job&, const Chunk&, std::span<const Coding>,
                    std::vector<CodedPiece> pieces) = 0;
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
/// another, and different stages work on different pieces. A piece has a member `spans`, which the
/// lane fills in. The loop must outlive it.
template <class Piece>
class VirtualLane {
 public:
  /// `ended` is called with each piece when it ends.
  VirtualLane(VirtualLoop& loop, std::function<void(const Piece&)> ended)
      : loop_(loop), ended_(std::move(ended)) {}
  VirtualLane(const VirtualLane&) = delete;
  VirtualLane& operator=(const VirtualLane&) = delete;

  /// Queues a piece of work behind what is there already.
  void run(const StageTimes& stages, Piece&& piece) {
    piece.spans = line_.enter(loop_.now(), stages);
    last_end_ = std::max(last_end_, piece.spans.empty() ? loop_.now() : piece.spans.back().end);
    pieces_.push_back({std::move(piece), last_end_, loop_.take_place()});
    if (pieces_.size() == 1) timer_.set(last_end_, pieces_.front().place);
  }

 private:
  struct Queued {
    Piece piece;
    Time end;
    std::uint64_t place;  // of the end among the loop's tasks; the timer is set for the first only
  };

  void end_first() {
    const Queued first = pieces_.take_front();
    if (!pieces_.empty()) timer_.set(pieces_.front().end, pieces_.front().place);
    ended_(first.piece);
  }

  VirtualLoop& loop_;
  std::function<void(const Piece&)> ended_;
  VirtualTimer timer_ = VirtualTimer::of<&VirtualLane::end_first>(loop_, this);
  StageLine line_;
  Time last_end_{0};  // no piece ends before the one before it
  Fifo<Queued> pieces_;
};

/// A layer group that is computed.
struct Computed {
  StageSpans spans;
};

/// A digest that is taken. `done` gets it: there are no bytes, so every request's is 0.
struct Digested {
  StageSpans spans;
  std::size_t requests = 0;
  std::function<void(std::vector<std::uint64_t>, Span)> done;
};

/// The device of a prefill worker, which takes as long as its costs say. References must outlive
/// it.
class ScheduledPrefillEngine final : public PrefillEngine {
 public:
  ScheduledPrefillEngine(VirtualLoop&, PrefillCosts&);

  void prepare(const Job&, std::function<void()> done) override { done(); }
  void compute(const Job&, std::uint32_t group) override;
  void pack(const Job&, const Chunk&, std::uint32_t slot, std::vector<Coding>) override;
  void digest(const Job&, std::function<void(std::vector<std::uint64_t>)> done) override;

 private:
  PrefillCosts& costs_;
  VirtualLane<Computed> compute_lane_;
  VirtualLane<Digested> digest_lane_;
  VirtualLane<Packed> pack_lane_;
};

/// The device of a decode worker, which takes as long as its costs say. References must outlive it.
class ScheduledDecodeEngine final : public DecodeEngine {
 public:
  ScheduledDecodeEngine(VirtualLoop&, DecodeCosts&);

  void unpack(const Job&, const Chunk&, std::uint32_t slot, std::uint64_t payload_bytes) override;
  void digest(const Job&, std::function<void(std::vector<std::uint64_t>, Span)> done) override;
  void steps(std::span<const std::uint64_t> context_tokens, std::uint64_t most,
             std::function<void(std::span<const Span>)> done) override;
  void end_steps() override;

 private:
  /// Schedules the end of the last of steps_, instead of any that was scheduled before.
  void end_at_last();

  VirtualLoop& loop_;
  DecodeCosts& costs_;
  VirtualLane<Unpacked> unpack_lane_;
  VirtualLane<Digested> digest_lane_;
  std::vector<Span> steps_;  // under way or to come
  std::function<void(std::span<const Span>)> steps_done_;
  std::uint64_t scheduled_ = 0;  // number of the end that counts
};

}  // namespace splitbench
