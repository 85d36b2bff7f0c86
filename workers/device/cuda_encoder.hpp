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

/// A chunk that is to be packed. What it refers to lives until its pack has ended.
struct PackTask {
  const Job& job;
  std::uint64_t offset;  ///< of the job's KV
  const Chunk& chunk;
  std::span<const Coding> codings;
  const Destination& to;
};

/// Makes payloads of chunks in a device's KV memory, one at a time. It only puts work into streams;
/// when which part of it begins is up to CudaPacker.
class CudaEncoder {
 public:
  /// How a chunk gets to where it goes.
  enum class Route {
    copied,  ///< as it is
    fused,   ///< the encoder writes it there
    staged   ///< it is encoded in device memory, and copied when that is done
  };

  virtual ~CudaEncoder() = default;

  /// Plans what launch() is to do.
  virtual Route prepare(const PackTask&) = 0;
  /// Puts the copies, or the encoder, into the stream.
  virtual void launch(void* stream) = 0;

  /// Whether all is done that is not in that stream.
  virtual bool ready() const { return true; }

  /// Returns what of a staged chunk is to be copied, one behind the other, once it is encoded.
  virtual std::vector<std::span<const std::byte>> encoded() const { return {}; }

  /// Returns all but the spans, once everything is done.
  virtual Packed packed() const = 0;
};

/// Throws Unavailable where this program lacks the arm's library.
std::unique_ptr<CudaEncoder> make_cuda_encoder(Arm, const CudaCoding&);

}  // namespace splitbench
