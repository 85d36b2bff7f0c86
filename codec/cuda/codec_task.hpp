#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

#include "codec/codebook.hpp"
#include "codec/element.hpp"
#include "codec/errors.hpp"

namespace splitbench {

// Pointers in tasks and results must be accessible to the device (device memory, a peer device's,
// or pinned host memory) and stay valid until the stream has done the call's work. Tensors, pages
// and frames begin on 16 bytes (on 128 they are fastest).

/// The memory of a tensor's elements: one piece or, as in a paged KV cache, pages of equal size.
template <typename Byte>
struct DeviceTensor {
  std::uint64_t elements = 0;
  Byte* data = nullptr;          ///< the tensor in one piece; null if in pages
  Byte* const* pages = nullptr;  ///< a table of addresses, itself accessible to the device
  std::uint64_t page_bytes = 0;  ///< bytes of the tensor in each page, a multiple of 16
};

/// A tensor to encode into one frame.
struct EncodeTask {
  DeviceTensor<const std::byte> input;
  Codebook codebook;  ///< valid for `wanted`; its type is that of the elements
  FrameKind wanted;
  std::byte* output;
  std::uint64_t output_capacity;  ///< bytes, at least max_frame_bytes of the elements
};

/// A frame to decode into a tensor. It is refused unless its length, elements and type are those of
/// the task.
struct DecodeTask {
  const std::byte* frame;
  std::uint64_t frame_bytes;
  DeviceTensor<std::byte> output;
  ElementType element_type;
  /// The kind of frame that is expected; stored frames are accepted in any case. A call whose tasks
  /// all name `ranked` refuses SplitZip frames, and one in which no task names `ranked` or leaves
  /// the kind open refuses ranked ones: their kernel is not launched. If left open, the frame may
  /// be of any kind.
  std::optional<FrameKind> kind = std::nullopt;
};

/// Limits on the share of the GPU that a call takes.
struct LaunchOptions {
  std::uint32_t max_blocks = 0;  ///< the most blocks, one to a multiprocessor at first; 0: no limit
};

/// The outcome of one DecodeTask. The output must not be used before the outcome has been read, nor
/// if it is not ok.
struct DecodeStatus {
  FrameFault fault;
  std::uint64_t digest;  ///< the frame's, which is that of the elements, if ok

  bool ok() const { return fault == FrameFault::none; }
};

}  // namespace splitbench
