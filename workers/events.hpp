#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "workers/codebooks/codebook_keeper.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

// Reports of the workers to the dispatcher. Times are on the clock of the worker's event loop.

/// A prefill worker began a job.
struct PrefillBegan {
  std::uint64_t job = 0;
  Time at{0};
};

/// All KV of the job is computed, and the worker can compute the next job.
struct PrefillComputed {
  std::uint64_t job = 0;
};

/// The job's KV was installed (and verified, if wanted) at the decode worker, and its prefill
/// memory is free.
struct PrefillReleased {
  std::uint64_t job = 0;
  /// Stages prefill_compute, encode and xfer_prep; xfer_queue is the wait for a slot.
  std::vector<Span> spans;
  /// Bytes of each chunk on the wire, its message header included.
  std::vector<std::uint64_t> chunk_bytes;
  std::uint64_t escapes = 0;
  std::uint64_t stored_bytes = 0;  ///< raw bytes of pieces that were sent as stored frames
  std::vector<CodebookChange> codebook_changes;  ///< changes since the worker's last report
  std::vector<std::uint64_t> digests;            ///< one per request; empty if verify is off
};

/// All KV of the job is in the decode worker's pool.
struct Installed {
  std::uint64_t job = 0;
  Time at{0};
  /// Stages xfer_queue, xfer_wire, decode_codec and kv_install; verify if that is inline.
  std::vector<Span> spans;
  /// Per chunk, the time from its arrival by the link model to its delivery to the worker.
  std::vector<Time> lateness;
  /// The time from the first of a cache's shards to the last, whose report this is (ShardReports).
  Time shards_apart{0};
};

/// All tokens of a request have been generated.
struct Finished {
  std::uint64_t job = 0;
  std::uint64_t request = 0;
  Span first_step{Stage::first_decode_step, {}, {}};
  std::vector<Time> tokens;  ///< time of each token
};

/// The decode worker compared its digests with the producer's.
struct Verified {
  std::uint64_t job = 0;
  bool same = false;
  Time took{0};
};

/// A worker has forgotten a job that it was to drop, and no longer accesses its memory.
struct Dropped {
  std::uint64_t job = 0;
  bool by_prefill = false;
};

/// The decode worker rejects a job and waits for the order to drop it.
struct Refused {
  std::uint64_t job = 0;
  std::string why;
};

/// Receives the reports of a prefill worker, on the thread of the worker's event loop.
class PrefillObserver {
 public:
  virtual ~PrefillObserver() = default;
  virtual void on(const PrefillBegan&) = 0;
  virtual void on(const PrefillComputed&) = 0;
  virtual void on(PrefillReleased) = 0;
  virtual void on(const Dropped&) = 0;
};

/// Receives the reports of a decode worker, on the thread of the worker's event loop.
class DecodeObserver {
 public:
  virtual ~DecodeObserver() = default;
  virtual void on(Installed) = 0;
  virtual void on(Finished) = 0;
  virtual void on(const Verified&) = 0;
  virtual void on(const Dropped&) = 0;
  virtual void on(const Refused&) = 0;
};

}  // namespace splitbench
