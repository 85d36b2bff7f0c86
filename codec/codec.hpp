#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/codebook.hpp"
#include "codec/frame.hpp"

namespace splitbench {

/// What an encoder says about the frame that it wrote.
struct EncodedFrame {
  std::uint64_t frame_bytes;
  std::uint64_t escapes;  ///< in the frame: 0 if it is stored
  std::uint64_t digest;   ///< of the raw elements
  FrameKind kind;

  bool operator==(const EncodedFrame&) const = default;
};

/// Writes one frame to the start of `out`, which must hold max_frame_bytes(elements.size()). Where
/// a SplitZip frame would not be smaller than a stored one, the frame is stored. One pass; keeps no
/// state; any thread. This is the reference: every other encoder writes these bytes.
EncodedFrame encode(std::span<const std::uint16_t> elements, const Codebook& codebook,
                    FrameKind wanted, std::span<std::byte> out);

/// Decodes exactly one frame into `elements`, whose size must be the frame's, and returns their
/// digest. Nothing is written before header, sizes, indices and positions have been checked; the
/// digest comes last, so after a BadFrame the elements count as nothing.
std::uint64_t decode(std::span<const std::byte> frame, std::span<std::uint16_t> elements);

/// The ratio by the accounting that was published: 7 bytes an escape, nothing for codebook and
/// header.
constexpr double published_layout_ratio(std::uint64_t elements, std::uint64_t escapes) {
  const double bytes = 1.5 * static_cast<double>(elements) + 7.0 * static_cast<double>(escapes);
  return bytes == 0 ? 1 : 2.0 * static_cast<double>(elements) / bytes;
}

}  // namespace splitbench
