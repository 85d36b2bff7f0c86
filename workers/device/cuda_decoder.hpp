#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "workers/device/cuda_coding.hpp"
#include "workers/plan/arm.hpp"

namespace splitbench {

/// A chunk to unpack. The objects that it refers to must live until its unpack has ended.
struct UnpackTask {
  const Job& job;
  std::uint64_t offset;  ///< bytes into the KV memory at which the job's KV begins
  const Chunk& chunk;
  std::span<const std::byte> payload;
};

/// Unpacks payloads of chunks into a device's KV memory, one at a time. It only puts work into
/// streams; CudaUnpacker decides when each part of it begins. Not thread-safe. Calls throw
/// CudaError.
class CudaDecoder {
 public:
  /// The way of a chunk to its place.
  enum class Route {
    none,    ///< it is in its place already when its payload arrives
    copied,  ///< it is copied as it is
    staged,  ///< it is copied into device memory and decoded there
    peeked   ///< it is decoded where it arrived, after look() has seen its headers
  };

  virtual ~CudaDecoder() = default;

  /// Plans the work of the other calls and returns the chunk's route. Throws BadFrame if the
  /// payload does not fit the chunk.
  virtual Route prepare(const UnpackTask&) = 0;
  /// Puts the copies into the stream: of the chunk, or of the headers that look() reads.
  virtual void copy_in(void* stream) = 0;
  /// Reads the fetched headers, before decode() on route `peeked`. Throws BadFrame if they do not
  /// fit.
  virtual void look() {}
  /// Puts the decoder into a stream.
  virtual void decode(void*) {}

  /// Throws BadFrame if something in the payload was wrong. Called once everything is done.
  virtual void check() const {}
};

/// Makes the decoder for an arm. Throws Unavailable where this program lacks the arm's library.
std::unique_ptr<CudaDecoder> make_cuda_decoder(Arm, const CudaCoding&);

}  // namespace splitbench
