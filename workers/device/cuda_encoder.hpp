#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "workers/device/cuda_coding.hpp"
#include "workers/engine.hpp"
#include "workers/plan/arm.hpp"
#include "workers/plan/staging.hpp"

namespace splitbench {

/// A chunk to pack. Job and chunk must live until its pack has ended; `codings` and `to` are read
/// by prepare() only.
struct PackTask {
  const Job& job;
  std::uint64_t offset;  ///< bytes into the KV memory at which the job's KV begins
  const Chunk& chunk;
  std::span<const Coding> codings;
  const Destination& to;
};

/// Makes payloads of chunks in a device's KV memory, one at a time. It only puts work into streams;
/// CudaPacker decides when each part of it begins. Not thread-safe. Calls throw CudaError.
class CudaEncoder {
 public:
  /// The way of a chunk to its destination.
  enum class Route {
    copied,  ///< it is copied as it is
    fused,   ///< the encoder writes it to its destination
    staged   ///< it is encoded in device memory, and copied when that is done
  };

  virtual ~CudaEncoder() = default;

  /// Plans the work of launch() and returns the chunk's route.
  virtual Route prepare(const PackTask&) = 0;
  /// Puts the copies, or the encoder, into the stream.
  virtual void launch(void* stream) = 0;

  /// Returns whether the work outside that stream, such as sampling, is done.
  virtual bool ready() const { return true; }

  /// Returns the parts of a staged chunk, in device memory, that are to be copied to its slot end
  /// to end. Valid once the chunk is encoded and until the next prepare().
  virtual std::vector<std::span<const std::byte>> encoded() const { return {}; }

  /// Returns the packed chunk without its spans, once everything is done.
  virtual Packed packed() const = 0;
};

/// Makes the encoder for an arm. Throws Unavailable where this program lacks the arm's library.
std::unique_ptr<CudaEncoder> make_cuda_encoder(Arm, const CudaCoding&);

}  // namespace splitbench
