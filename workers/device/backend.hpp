#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "codec/baselines/baseline.hpp"
#include "workers/engine.hpp"
#include "workers/kv/kv_source.hpp"
#include "workers/plan/job.hpp"
#include "workers/plan/pipeline.hpp"
#include "workers/plan/staging.hpp"

namespace splitbench {

/// The load of `compute: gemm`. Calls block until the work is done and return the span of time that
/// it took. Not thread-safe.
class GemmLoad {
 public:
  virtual ~GemmLoad() = default;
  /// Runs the prefill of these requests through some layers.
  virtual Span prefill(std::span<const JobRequest>, std::uint32_t layers) = 0;
  /// Runs one decode step of requests with these context lengths.
  virtual Span decode_step(std::span<const std::uint64_t> context_tokens) = 0;
};

/// The memory of a worker's device and the work on it: KV memory for whole jobs, and staging slots
/// for payloads that are sent or received through sockets. Packs overlap each other as far as the
/// device can, and so do unpacks: up to Pipeline::kAtOnce may be begun before the first is ended.
/// Three threads may call it at a time: one that fills and computes, one that packs or unpacks, one
/// that digests. `offset` is in bytes into the KV memory; from there on a job's KV lies as KvLayout
/// says. Calls of a CUDA backend throw CudaError where CUDA fails.
class Backend {
 public:
  virtual ~Backend() = default;

  /// Writes the requests' bytes of the source into so many tensors of the job's KV, from
  /// `first_tensor` on. Blocks until they are written.
  virtual void fill(const Job&, std::uint64_t offset, std::uint32_t first_tensor,
                    std::uint32_t tensors) = 0;

  /// Begins to encode or copy a chunk to its destination. `codings` has one element for each piece
  /// if the job's arm has frames, else none. Job and chunk must live until the pack is ended.
  /// Throws BadFrame if the spec does not announce the arm.
  virtual void begin_pack(const Job&, std::uint64_t offset, const Chunk&, std::span<const Coding>,
                          const Destination&) = 0;
  /// Returns whether the pack that was begun first is done. Must be polled, since it also advances
  /// the packs that are under way.
  virtual bool pack_ready() = 0;
  /// Waits for the pack that was begun first, and returns its outcome.
  virtual Packed end_pack() = 0;

  /// Begins to decode or copy a chunk into KV memory. Job, chunk and payload must live until the
  /// unpack is ended. A bad payload is reported by end_unpack().
  virtual void begin_unpack(const Job&, std::uint64_t offset, const Chunk&,
                            std::span<const std::byte> payload) = 0;
  /// Returns whether the unpack that was begun first is done. Must be polled like pack_ready().
  virtual bool unpack_ready() = 0;
  /// Waits for the unpack that was begun first, and returns its spans of time. Throws BadFrame if
  /// its payload does not fit the arm and the chunk.
  virtual StageSpans end_unpack() = 0;

  /// Returns the digest of each request's raw KV: that of its rows_of() the job. Blocks.
  virtual std::vector<std::uint64_t> digest(const Job&, std::uint64_t offset) = 0;

  /// Returns one of the spec's staging slots, in host memory. Valid while the backend lives.
  virtual std::span<std::byte> slot(std::uint32_t index) = 0;
  virtual std::byte* pool() = 0;  ///< the device's KV memory, owned by the backend

  /// Returns the load of `compute: gemm`, owned by the backend, or null: on the CPU, and where the
  /// spec has no load_scale.
  virtual GemmLoad* load() { return nullptr; }

  /// Returns the most by which a time stamp of the device can be off the host's clock.
  virtual Time clock_error() const { return Time{0}; }

  /// Packs one chunk and waits for it. No other pack may be under way.
  Packed pack(const Job& job, std::uint64_t offset, const Chunk& chunk,
              std::span<const Coding> codings, const Destination& to) {
    begin_pack(job, offset, chunk, codings, to);
    return end_pack();
  }
  /// Unpacks one chunk and waits for it. No other unpack may be under way.
  StageSpans unpack(const Job& job, std::uint64_t offset, const Chunk& chunk,
                    std::span<const std::byte> payload) {
    begin_unpack(job, offset, chunk, payload);
    return end_unpack();
  }
};

/// The rows of one request among a job's KV, tensor by tensor, as a digest takes them: laid end to
/// end, each tensor's beginning at a whole word.
struct RequestRows {
  struct Part {
    std::uint64_t begin;  ///< offset in bytes within the job's KV
    std::uint64_t bytes;
    std::uint64_t first_word;  ///< number of the digest's word of 8 bytes that it begins at
  };
  std::vector<Part> parts;  ///< those that are not empty
};

/// Returns the rows of each of a job's requests.
std::vector<RequestRows> rows_of(const KvLayout&, const Job&);

/// The arguments of a backend. `pipeline` and `source` must outlive it.
struct BackendSpec {
  const Pipeline& pipeline;
  const KvSource& source;
  std::uint64_t kv_bytes = 0;  ///< size of the KV memory
  std::uint32_t slots = 1;     ///< number of staging slots of its own
  std::vector<Arm> arms = {};  ///< arms that jobs may have: baselines need memory of their own
  /// The codecs that the scenario adds with all that it takes to run them, by the numbers that arms
  /// have for them. Only used while the backend is made.
  std::span<const Baseline> added = {};
  /// Chunks go to and come from slots in a decode worker's device memory, not the host's.
  bool device_staging = false;
  /// Number of devices that share the load of `compute: gemm`, if it is wanted.
  std::optional<double> load_scale = std::nullopt;
};

/// Makes the backend on the CPU. Throws std::system_error when memory does not suffice, Unavailable
/// where this program lacks an arm's library.
std::unique_ptr<Backend> make_cpu_backend(const BackendSpec&);
/// Makes the backend on the current CUDA device. Throws Unavailable without CUDA, without a device,
/// or where this program lacks an arm's library, CudaError when memory does not suffice.
std::unique_ptr<Backend> make_cuda_backend(const BackendSpec&);

}  // namespace splitbench
