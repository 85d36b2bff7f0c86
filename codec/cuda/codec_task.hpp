#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

#include "codec/codebook.hpp"
#include "codec/element.hpp"
#include "codec/errors.hpp"

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

}  // namespace splitbench
