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
/// tensors in a launch. Calls only put work into the stream: they allocate nothing and wait for
/// nothing, so that a CUDA graph can capture them; results are there when the stream has got to
/// them. Its scratch serves one call at a time, so all calls go into one stream, or are ordered by
/// events. Throws CudaError, and std::invalid_argument for a task that breaks the rules above.
class CudaCodec {
 public:
  /// The most that one call may hold.
  struct Limits {
    std::uint32_t tasks;
    std::uint64_t elements;  ///< of all tasks of a call together
  };

  explicit CudaCodec(Limits limits);
  ~CudaCodec();

  /// results[i], of tasks[i], in device or pinned memory.
  void encode(std::span<const EncodeTask> tasks, EncodedFrame* results, void* stream,
              LaunchOptions options = {});

  /// Never writes outside an output, whatever a frame says.
  void decode(std::span<const DecodeTask> tasks, DecodeStatus* results, void* stream,
              LaunchOptions options = {});

  /// digest() of codec/digest.hpp. `bytes` begins on 8 bytes.
  void digest(std::span<const std::byte> bytes, std::uint64_t first_position, std::uint64_t* result,
              void* stream);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace splitbench
