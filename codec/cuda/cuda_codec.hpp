#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "codec/bad_frame.hpp"
#include "codec/codec.hpp"
#include "codec/cuda/device.hpp"

namespace splitbench {

// Pointers in tasks and results must be accessible to the device: device memory, a peer device's,
// or pinned host memory. Tensors, pages and frames begin on 16 bytes (on 128 they are fastest).

/// Where a tensor's elements lie: in one piece, or, as in a paged KV cache, in pages of equal size.
template <typename Byte>
struct DeviceTensor {
  std::uint64_t elements = 0;
  Byte* data = nullptr;          ///< in one piece; null if in pages
  Byte* const* pages = nullptr;  ///< a table of their addresses, itself accessible to the device
  std::uint64_t page_bytes = 0;  ///< that the tensor has in each page, a multiple of 16
};

struct EncodeTask {
  DeviceTensor<const std::byte> input;
  Codebook codebook;  ///< also says what the elements are
  FrameKind wanted;
  std::byte* output;
  std::uint64_t output_capacity;  ///< at least max_frame_bytes of the elements
};

struct DecodeTask {
  const std::byte* frame;
  std::uint64_t frame_bytes;
  DeviceTensor<std::byte> output;
  ElementType element_type;
  /// The frame's, or stored: a frame of a kind that no task of the call names is refused, and does
  /// not cost the launch of its kernel. Without it, the frame may be of any kind.
  std::optional<FrameKind> kind = std::nullopt;
};

/// The GPU's share of a call.
struct LaunchOptions {
  std::uint32_t max_blocks = 0;  ///< at most so many, one to a multiprocessor at first; 0: no limit
};

/// What became of one DecodeTask. Until it has been read, and unless it is ok, the output counts as
/// nothing.
struct DecodeStatus {
  FrameFault fault;
  std::uint64_t digest;  ///< of the elements, if ok

  bool ok() const { return fault == FrameFault::none; }
};

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
