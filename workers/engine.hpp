#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "workers/codebooks/coding.hpp"
#include "workers/plan/chunk_plan.hpp"
#include "workers/plan/job.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// A chunk that was packed into a staging slot.
struct Packed {
  StageSpans spans;  ///< stages encode and xfer_prep
  std::uint64_t payload_bytes = 0;
  /// One for each of the chunk's pieces; empty for arms without frames.
  std::vector<CodedPiece> pieces;
};

/// The outcome of unpacking a chunk that arrived.
struct Unpacked {
  StageSpans spans;     ///< stages decode_codec and kv_install
  std::string refused;  ///< reason why the chunk cannot be used; empty if it can
};

/// The device of a prefill worker. Calls come from the event loop's thread and return without
/// waiting. When the work is done its callback (`done`, or the member that is named beside the
/// call) runs on that thread, within the call if there is nothing to do, with the times in which
/// the work was done (in virtual time, the times it would have taken). Computes run one after
/// another. Packs begin and end in the order of the calls, and their stages may overlap: one chunk
/// is encoded while the one before it is copied. Computes overlap packs. Job and chunk must live
/// until then, and members must be set before the first call.
class PrefillEngine {
 public:
  virtual ~PrefillEngine() = default;

  /// Makes KV resident that no compute stage will produce (`compute: none`); otherwise there is
  /// nothing to do.
  virtual void prepare(const Job&, std::function<void()> done) = 0;
  /// Produces the KV of one layer group of the job, then runs on_computed; groups count from 0. No
  /// compute may be under way.
  virtual void compute(const Job&, std::uint32_t group) = 0;
  /// Encodes or copies a chunk into staging slot `slot`, then runs on_packed. Arms with frames need
  /// a coding for each of the chunk's pieces; other arms none.
  virtual void pack(const Job&, const Chunk&, std::uint32_t slot, std::vector<Coding>) = 0;
  /// Computes the digest of each request's raw KV, in the order of the job's requests.
  virtual void digest(const Job&, std::function<void(std::vector<std::uint64_t>)> done) = 0;

  std::function<void(const StageSpans&)> on_computed;
  std::function<void(const Packed&)> on_packed;
};

/// The device of a decode worker, called as a PrefillEngine is. Unpacks overlap as packs do;
/// digests run one after another.
class DecodeEngine {
 public:
  virtual ~DecodeEngine() = default;

  /// Decodes or copies a chunk of `payload_bytes` out of staging slot `slot` into the KV pool, then
  /// runs on_unpacked.
  virtual void unpack(const Job&, const Chunk&, std::uint32_t slot,
                      std::uint64_t payload_bytes) = 0;
  /// Computes the digest of each request's raw KV in the pool, in the order of the job's requests;
  /// the span is the time that it took.
  virtual void digest(const Job&, std::function<void(std::vector<std::uint64_t>, Span)> done) = 0;
  /// Computes decode steps of a batch one after another, a token for each request in each, at most
  /// `most` (at least one) and as few as the device likes. `context_tokens` holds the context
  /// length of each request before the first step and is read during the call only. `done` gets the
  /// span of each step.
  virtual void steps(std::span<const std::uint64_t> context_tokens, std::uint64_t most,
                     std::function<void(std::span<const Span>)> done) = 0;
  /// Makes the step that is under way the last before `done` runs, because the batch is to change.
  virtual void end_steps() {}

  std::function<void(const Unpacked&)> on_unpacked;
};

}  // namespace splitbench
