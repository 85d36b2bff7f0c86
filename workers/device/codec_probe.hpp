#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "workers/codebooks/codebook_keeper.hpp"
#include "workers/device/backend.hpp"
#include "workers/device/worker_speeds.hpp"

namespace splitbench {

/// What a chunk cost the codec.
struct ChunkCost {
  double nanoseconds = 0;
  std::uint64_t bytes = 0;  ///< raw
};

/// Nanoseconds a byte, as half of the bytes cost less and half more: a job's chunks are of several
/// sizes, and small ones cost more a byte. 0 of nothing.
double median_cost(std::vector<ChunkCost>);

/// Times how a worker packs (prefill) or unpacks (decode) with nobody beside it, frames being
/// encoded whatever the run's policy is. The chunks are those of a job of so many tokens, for which
/// the worker has memory, and go through one slot. No job may be under way. The caller's thread is
/// busy meanwhile, and nobody hears of the worker.
class CodecProbe {
 public:
  /// References must outlive it.
  /// `longest` bounds each of a codec's two measurements, but for a few chunks that it always
  /// takes.
  CodecProbe(bool prefill, Backend&, CodebookKeeper::Spec, const Pipeline&, std::uint64_t tokens,
             std::span<std::byte> slot, Time longest);

  /// Returns the median_cost of the codec's stage, to be held against what chunks of this arm cost
  /// in a run: the slower of one chunk at a time and as many at once as may be.
  double cost(Arm);

  /// Returns how fast all of it is, copies, launches and all: by the host's clock, through the
  /// times of chunks like those of the job and of one of an eighth of its tokens, one by one.
  StageSpeed speed(Arm);
  /// Returns those of all that an arm `auto` may become.
  WorkerSpeeds speeds();

 private:
  struct Probed;
  struct ChunkTime;

  Probed prepare(Arm, std::uint64_t tokens, std::size_t chunks);
  Packed pack(const Job&, const Chunk&);
  void note(const Chunk&, const std::vector<Span>&);
  std::size_t enough(const Probed&);
  double one_by_one(const Probed&, std::size_t chunks);
  double at_once(const Probed&, std::size_t chunks);
  ChunkTime time(Arm, std::uint64_t tokens);
  double seconds_of(const Job&, const Chunk&);
  static StageSpeed through(const ChunkTime& small, const ChunkTime& large);

  const bool prefill_;
  Backend& backend_;
  CodebookKeeper keeper_;
  const Pipeline& pipeline_;
  const std::uint64_t tokens_;
  std::span<std::byte> slot_;
  const double longest_;  // seconds
  std::vector<ChunkCost> costs_;
};

}  // namespace splitbench
