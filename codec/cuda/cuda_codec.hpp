#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "codec/codec.hpp"
#include "codec/cuda/codec_task.hpp"
#include "codec/cuda/device.hpp"

namespace splitbench {

/// A call of the codec that was made once, to be put into streams as often as wanted: its tasks are
/// checked and described to the device already, which costs a call of many tensors more than it
/// costs to code small ones. It must outlive what a stream does with it, and what its tasks point
/// to must stay valid as long; the lengths of frames to decode are part of it. It belongs to the
/// codec that made it, and must not outlive it. Not thread-safe.
template <typename Task>
class CodecPlan {
 public:
  CodecPlan(CodecPlan&&) noexcept;
  CodecPlan& operator=(CodecPlan&&) noexcept;
  ~CodecPlan();

 private:
  friend class CudaCodec;
  struct State;
  explicit CodecPlan(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};
using EncodePlan = CodecPlan<EncodeTask>;
using DecodePlan = CodecPlan<DecodeTask>;

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

  /// Make plans of these calls. They wait for the device where tasks are many. Throw as calls do.
  EncodePlan plan(std::span<const EncodeTask> tasks, EncodedFrame* results);
  DecodePlan plan(std::span<const DecodeTask> tasks, DecodeStatus* results);

  /// Do what the planned call does.
  void encode(const EncodePlan& plan, void* stream, LaunchOptions options = {});
  void decode(const DecodePlan& plan, void* stream, LaunchOptions options = {});

  /// Computes digest() of codec/digest.hpp into `*result`, which is in device or pinned memory.
  /// `bytes` begin on 8 bytes and are at most two for each element of the limits.
  void digest(std::span<const std::byte> bytes, std::uint64_t first_position, std::uint64_t* result,
              void* stream);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace splitbench
