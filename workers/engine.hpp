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

/// A chunk as it stands in a staging slot.
struct Packed {
  std::vector<Span> spans;  ///< encode and xfer_prep
  std::uint64_t payload_bytes = 0;
  std::vector<CodedPiece> pieces;  ///< of frames only
};

/// What became of a chunk that arrived.
struct Unpacked {
  std::vector<Span> spans;  ///< decode_codec and kv_install
  std::string refused;      ///< why nothing of it can be used, or empty
};

/// What a prefill worker's device does. Every call returns at once and calls `done` later, on the
/// event loop, with the times in which the work was really done (or would be, in virtual time).
/// Computes follow each other. Packs begin and end in the order of the calls, and their stages may
/// overlap: one is encoded while the one before is copied. Computes and packs overlap. The job must
/// live until `done`.
class PrefillEngine {
 public:
  virtual ~PrefillEngine() = default;

  /// Makes KV resident that no compute stage will produce (`compute: none`); else there is nothing
  /// to do.
  virtual void prepare(const Job&, std::function<void()> done) = 0;
  /// Produces the KV of one layer group of the job.
  virtual void compute(const Job&, std::uint32_t group,
                       std::function<void(std::vector<Span>)> done) = 0;
  /// Encodes or copies a chunk into staging slot `slot`: where the arm has frames, with a coding
  /// for each of its pieces.
  virtual void pack(const Job&, const Chunk&, std::uint32_t slot, std::vector<Coding>,
                    std::function<void(Packed)> done) = 0;
  /// The digest of each request's raw KV.
  virtual void digest(const Job&, std::function<void(std::vector<std::uint64_t>)> done) = 0;
};

/// What a decode worker's device does; calls as above. Unpacks are like packs, digests follow each
/// other.
class DecodeEngine {
 public:
  virtual ~DecodeEngine() = default;

  /// Decodes or copies a chunk out of staging slot `slot` into the KV pool.
  virtual void unpack(const Job&, const Chunk&, std::uint32_t slot, std::uint64_t payload_bytes,
                      std::function<void(Unpacked)> done) = 0;
  virtual void digest(const Job&, std::function<void(std::vector<std::uint64_t>, Span)> done) = 0;
  /// One decode step of requests with these context lengths: a token for each.
  virtual void step(std::span<const std::uint64_t> context_tokens,
                    std::function<void(Span)> done) = 0;
};

}  // namespace splitbench
