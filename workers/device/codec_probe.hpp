#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "workers/codebooks/codebook_keeper.hpp"
#include "workers/device/backend.hpp"
#include "workers/device/codec_cost.hpp"
#include "workers/device/worker_speeds.hpp"
#include "workers/plan/staging.hpp"

namespace splitbench {

/// Measures how fast a worker packs (prefill) or unpacks (decode) alone. Frames are encoded
/// whatever the run's policy is. No job may be under way. Calls block, and the worker sends no
/// heartbeat meanwhile. Not thread-safe.
class CodecProbe {
 public:
  /// References must outlive it, and so must the memory of `count` slots that `slots` returns.
  CodecProbe(bool prefill, Backend&, CodebookKeeper::Spec, const Pipeline&, SlotMemory slots,
             std::uint32_t count);

  /// Returns the median_cost of the codec's stage when it begins with the same chunks as in a run,
  /// at the same moments, and nothing else is at work. The moments matter: what a core and its
  /// caches did before can change a chunk's cost by a factor of two and more. Does all of
  /// it again if half the width of the median's 95% interval is above 3%. KV memory must have room
  /// for each of the jobs.
  MedianCost cost(Arm, std::span<const JobPace>);

  /// Returns the speed of a whole pack or unpack, with copies and launches, by the host's clock. It
  /// is fitted to the times of the first chunk of a job of `tokens` tokens (at least 1) and of one
  /// of an eighth of them, each timed alone.
  StageSpeed speed(Arm, std::uint64_t tokens);
  /// Returns the speeds of all that an arm `auto` may become: raw copies and this program's own
  /// codecs.
  WorkerSpeeds speeds(std::uint64_t tokens);

 private:
  class Replay;
  struct ChunkTime;

  Packed pack(const Job&, const Chunk&, std::span<std::byte> slot);
  ChunkTime time(Arm, std::uint64_t tokens);
  double seconds_of(const Job&, const Chunk&);
  static StageSpeed through(const ChunkTime& small, const ChunkTime& large);

  const bool prefill_;
  Backend& backend_;
  CodebookKeeper keeper_;
  const Pipeline& pipeline_;
  SlotMemory slots_;
  const std::uint32_t count_;
};

}  // namespace splitbench
