#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "codec/codec.hpp"
#include "codec/cuda/codec_task.hpp"
#include "codec/cuda/device.hpp"

namespace splitbench {

/// The codec on a CUDA device: the same bytes as encode() and decode() of codec/codec.hpp, many
/// tensors in a launch. Calls only put work into the stream (a cudaStream_t): they copy the tasks,
/// allocate nothing and wait for nothing, so that a CUDA graph can capture them; results are there
/// when the stream has got to them. Not thread-safe, and its scratch serves one call at a time, so
/// all calls go into one stream, or are ordered by events. Throws CudaError, and
/// std::invalid_argument for a task that breaks the rules of codec_task.hpp, for tasks of different
/// element types and for a call beyond the limits.
class CudaCodec {
 public:
  /// The most that one call may hold.
  struct Limits {
    std::uint32_t tasks;
    std::uint64_t elements;  ///< sum over all tasks of a call
  };

  /// Allocates the scratch for such calls on the current device, and waits for that device.
  explicit CudaCodec(Limits limits);
  ~CudaCodec();

  /// Encodes each tasks[i] and describes its frame in results[i], which is in device or pinned
  /// memory.
  void encode(std::span<const EncodeTask> tasks, EncodedFrame* results, void* stream,
              LaunchOptions options = {});

  /// Decodes each tasks[i] and reports its outcome in results[i], which is in device or pinned
  /// memory. A bad frame is reported there, not thrown. Never writes outside an output, whatever a
  /// frame holds.
  void decode(std::span<const DecodeTask> tasks, DecodeStatus* results, void* stream,
              LaunchOptions options = {});

  /// Computes digest() of codec/digest.hpp into `*result`, which is in device or pinned memory.
  /// `bytes` begin on 8 bytes and are at most two for each element of the limits.
  void digest(std::span<const std::byte> bytes, std::uint64_t first_position, std::uint64_t* result,
              void* stream);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace splitbench
