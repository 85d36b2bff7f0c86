#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "workers/device/cuda_coding.hpp"
#include "workers/plan/arm.hpp"

namespace splitbench {

/// A chunk that is to be unpacked. What it refers to lives until its unpack has ended.
struct UnpackTask {
  const Job& job;
  std::uint64_t offset;  ///< of the job's KV
  const Chunk& chunk;
  std::span<const std::byte> payload;
};

/// Brings payloads of chunks into a device's KV memory, one at a time. It only puts work into
/// streams; when which part of it begins is up to CudaUnpacker.
class CudaDecoder {
 public:
  /// How a chunk gets to its place.
  enum class Route {
    none,    ///< it was there before its payload arrived
    copied,  ///< as it is
    staged,  ///< it is copied into device memory and decoded there
    peeked   ///< it is decoded where it arrived, once some of it has been fetched to be looked at
  };

  virtual ~CudaDecoder() = default;

  /// Plans what the others are to do. Throws BadFrame if the payload is not of such a chunk.
  virtual Route prepare(const UnpackTask&) = 0;
  /// Puts the copies into the stream: of the chunk, or of what is to be looked at.
  virtual void copy_in(void* stream) = 0;
  /// Looks at what was fetched. Throws BadFrame.
  virtual void look() {}
  virtual void decode(void*) {}

  /// Once everything is done: throws BadFrame if something in the payload was wrong.
  virtual void check() const {}
};

/// Throws Unavailable where this program lacks the arm's library.
std::unique_ptr<CudaDecoder> make_cuda_decoder(Arm, const CudaCoding&);

}  // namespace splitbench
