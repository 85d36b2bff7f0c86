#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "workers/codebooks/codebook_keeper.hpp"
#include "workers/device/backend.hpp"
#include "workers/device/worker_speeds.hpp"

namespace splitbench {

/// The codec's time for one chunk.
struct ChunkCost {
  double nanoseconds = 0;
  std::uint64_t bytes = 0;  ///< raw bytes of the chunk
};

/// Returns the median cost in nanoseconds per byte, weighted by bytes: half of the bytes cost less
/// and half more, since a job's chunks have several sizes and small ones cost more per byte.
/// Returns 0 for no chunks.
double median_cost(std::vector<ChunkCost>);

/// Measures how fast a worker packs (prefill) or unpacks (decode) alone. Frames are encoded
/// whatever the run's policy is. The chunks are those of a job of `tokens` tokens (at least 1), for
/// which the KV memory must have room, and pass through one slot. No job may be under way. Calls
/// block, and the worker sends no heartbeat meanwhile. Not thread-safe.
class CodecProbe {
 public:
  /// References and the slot must outlive it. `longest` bounds each of the two measurements of
  /// cost(), apart from a few chunks that each always takes.
  CodecProbe(bool prefill, Backend&, CodebookKeeper::Spec, const Pipeline&, std::uint64_t tokens,
             std::span<std::byte> slot, Time longest);

  /// Returns the median_cost of the codec's stage, in nanoseconds per raw byte, to compare with the
  /// cost of this arm's chunks in a run: the slower of one chunk at a time and as many at once as
  /// allowed.
  double cost(Arm);

  /// Returns the speed of a whole pack or unpack, with copies and launches, by the host's clock. It
  /// is fitted to the times of the first chunk of the job and of a job of an eighth of its tokens,
  /// each timed alone.
  StageSpeed speed(Arm);
  /// Returns the speeds of all that an arm `auto` may become: raw copies and this program's own
  /// codecs.
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
