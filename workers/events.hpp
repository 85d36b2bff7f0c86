#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "workers/codebooks/codebook_keeper.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// What the workers tell the dispatcher. Moments are on the clock of the worker's event loop.

/// A prefill worker took up a job.
struct PrefillBegan {
  std::uint64_t job = 0;
  Time at{0};
};

/// All KV of the job is computed; the worker can compute the next one.
struct PrefillComputed {
  std::uint64_t job = 0;
};

/// The job's KV was applied at the decode worker; its prefill memory is free.
struct PrefillReleased {
  std::uint64_t job = 0;
  std::vector<Span> spans;  ///< prefill_compute, encode, xfer_prep; xfer_queue: waiting for a slot
  /// of each chunk on the wire, its message header included
  std::vector<std::uint64_t> chunk_bytes;
  std::uint64_t escapes = 0;
  std::uint64_t stored_bytes = 0;                ///< raw ones, of pieces that went without codes
  std::vector<CodebookChange> codebook_changes;  ///< that the worker has made since its last report
  std::vector<std::uint64_t> digests;            ///< one a request; empty when verify is off
};

/// All KV of the job is in the decode worker's pool.
struct Installed {
  std::uint64_t job = 0;
  Time at{0};
  std::vector<Span> spans;  ///< xfer_queue, xfer_wire, decode_codec, kv_install, verify if inline
  std::vector<Time> lateness;       ///< of each chunk: handed on after the moment the link named
  std::uint64_t late_arrivals = 0;  ///< chunks that landed in memory after that moment
};

/// A request has all its tokens.
struct Finished {
  std::uint64_t job = 0;
  std::uint64_t request = 0;
  Span first_step{Stage::first_decode_step, {}, {}};
  std::vector<Time> tokens;  ///< the moment of each
};

/// The consumer's digests were compared with the producer's.
struct Verified {
  std::uint64_t job = 0;
  bool same = false;
  Time took{0};
};

/// A worker has forgotten a job that it was told to drop, and touches its memory no more.
struct Dropped {
  std::uint64_t job = 0;
  bool by_prefill = false;
};

/// The decode worker will not take a job; it waits to be told to drop it.
struct Refused {
  std::uint64_t job = 0;
  std::string why;
};

class PrefillObserver {
 public:
  virtual ~PrefillObserver() = default;
  virtual void on(const PrefillBegan&) = 0;
  virtual void on(const PrefillComputed&) = 0;
  virtual void on(const PrefillReleased&) = 0;
  virtual void on(const Dropped&) = 0;
};

class DecodeObserver {
 public:
  virtual ~DecodeObserver() = default;
  virtual void on(const Installed&) = 0;
  virtual void on(const Finished&) = 0;
  virtual void on(const Verified&) = 0;
  virtual void on(const Dropped&) = 0;
  virtual void on(const Refused&) = 0;
};

}  // namespace splitbench
