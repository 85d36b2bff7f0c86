#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "workers/engine.hpp"
#include "workers/kv/kv_source.hpp"
#include "workers/plan/job.hpp"
#include "workers/plan/pipeline.hpp"
#include "workers/plan/staging.hpp"

namespace splitbench {

/// The work of `compute: gemm`. Calls block until it is done and return when it was.
class GemmLoad {
 public:
  virtual ~GemmLoad() = default;
  /// Some layers of these requests' prefill.
  virtual Span prefill(std::span<const JobRequest>, std::uint32_t layers) = 0;
  /// One decode step of requests with these context lengths.
  virtual Span decode_step(std::span<const std::uint64_t> context_tokens) = 0;
};

/// The memory of a worker's device and what is done in it: KV memory for whole jobs, and staging
/// slots for what comes and goes by sockets. Packs overlap each other as far as the device can, and
/// so do unpacks: up to Pipeline::kAtOnce are begun before the first is ended. Three threads may be
/// at work at a time: one that fills and computes, one that packs or unpacks, one that digests.
/// Offsets are bytes into the KV memory.
class Backend {
 public:
  virtual ~Backend() = default;

  /// Writes the request's bytes of the source into these tensors of the job's KV; returns when that
  /// is done.
  virtual void fill(const Job&, std::uint64_t offset, std::uint32_t first_tensor,
                    std::uint32_t tensors) = 0;

  /// Begins to encode or copy a chunk to where it goes; codings are of arms with frames. Job and
  /// chunk must live until it is ended.
  virtual void begin_pack(const Job&, std::uint64_t offset, const Chunk&, std::span<const Coding>,
                          const Destination&) = 0;
  /// Whether the pack that was begun first is done. To be asked again and again: it also moves on
  /// what can be.
  virtual bool pack_ready() = 0;
  /// Waits for the pack that was begun first.
  virtual Packed end_pack() = 0;

  /// Begins to decode or copy a chunk into KV memory. The payload is read until it is ended.
  virtual void begin_unpack(const Job&, std::uint64_t offset, const Chunk&,
                            std::span<const std::byte> payload) = 0;
  virtual bool unpack_ready() = 0;
  /// Waits for the unpack that was begun first. Throws BadFrame when its payload is not what the
  /// arm and the chunk want.
  virtual std::vector<Span> end_unpack() = 0;

  /// Each request's digest of its raw KV: that of its tensors' rows laid end to end, each tensor's
  /// from a whole word on (digest_words). Blocks.
  virtual std::vector<std::uint64_t> digest(const Job&, std::uint64_t offset) = 0;

  virtual std::span<std::byte> slot(std::uint32_t index) = 0;
  virtual std::byte* pool() = 0;  ///< the KV memory

  /// Null where the spec asks for none.
  virtual GemmLoad* load() { return nullptr; }

  /// By how much a stamp of the device can be off the host's clock.
  virtual Time clock_error() const { return Time{0}; }

  Packed pack(const Job& job, std::uint64_t offset, const Chunk& chunk,
              std::span<const Coding> codings, const Destination& to) {
    begin_pack(job, offset, chunk, codings, to);
    return end_pack();
  }
  std::vector<Span> unpack(const Job& job, std::uint64_t offset, const Chunk& chunk,
                           std::span<const std::byte> payload) {
    begin_unpack(job, offset, chunk, payload);
    return end_unpack();
  }
};

/// Words of a digest that so many bytes take: a tensor's rows begin at its number times these.
constexpr std::uint64_t digest_words(std::uint64_t bytes) {
  return (bytes + 7) / 8;
}

/// What a backend is made for. `pipeline` and `source` must outlive it.
struct BackendSpec {
  const Pipeline& pipeline;
  const KvSource& source;
  std::uint64_t kv_bytes = 0;
  std::uint32_t slots = 1;     ///< of its own
  std::vector<Arm> arms = {};  ///< that jobs may be of: baselines need memory of their own
  /// Chunks go to and come from slots in a decode worker's device memory, not the host's.
  bool device_staging = false;
  std::optional<double> load_scale =
      std::nullopt;  ///< devices that share the load of `compute: gemm`, if it is wanted
};

std::unique_ptr<Backend> make_cpu_backend(const BackendSpec&);
/// Throws Unavailable without CUDA or without a device, CudaError when memory does not suffice.
std::unique_ptr<Backend> make_cuda_backend(const BackendSpec&);

}  // namespace splitbench
