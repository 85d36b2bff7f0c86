#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/codebook.hpp"
#include "codec/frame.hpp"

namespace splitbench {

/// The result of encoding one frame.
struct EncodedFrame {
  std::uint64_t frame_bytes;
  std::uint64_t escapes;  ///< elements of a SplitZip frame without a code; 0 for other kinds
  std::uint64_t digest;   ///< digest() of the raw elements
  FrameKind kind;         ///< the kind that was written

  bool operator==(const EncodedFrame&) const = default;
};

/// Encodes `raw`, whole elements of the codebook's type, as one frame at the start of `out`, which
/// holds at least max_frame_bytes and does not overlap `raw`. The codebook must be valid for the
/// kind wanted; for a stored frame only its type matters. A frame that would not be smaller than a
/// stored one is stored. This is the reference: every other encoder writes these bytes.
/// Thread-safe; uses up to `threads` threads, the calling one included. Throws
/// std::invalid_argument if a rule is broken, and std::system_error if a thread cannot be started.
EncodedFrame encode(std::span<const std::byte> raw, const Codebook& codebook, FrameKind wanted,
                    std::span<std::byte> out, unsigned threads = 1);

inline EncodedFrame encode(std::span<const std::uint16_t> bf16, const Codebook& codebook,
                           FrameKind wanted, std::span<std::byte> out, unsigned threads = 1) {
  return encode(std::as_bytes(bf16), codebook, wanted, out, threads);
}

/// Decodes exactly one frame, of any kind but predicted, into `raw` and returns its digest. `raw`
/// is exactly as long as they are and does not overlap `frame`. Thread-safe, with threads as in
/// encode. Throws BadFrame, also for a frame of another length or number of elements. Nothing is
/// written before header, sizes, indices and positions have been checked, and never anything
/// outside `raw`; the codes of escaped elements and the stream of a ranked block are checked as
/// they are read, and the digest last, so after a BadFrame the elements are invalid.
std::uint64_t decode(std::span<const std::byte> frame, std::span<std::byte> raw,
                     unsigned threads = 1);

inline std::uint64_t decode(std::span<const std::byte> frame, std::span<std::uint16_t> bf16,
                            unsigned threads = 1) {
  return decode(frame, std::as_writable_bytes(bf16), threads);
}

/// Returns a frame's bytes by the published accounting: dense codes, 7 bytes per escape, nothing
/// for codebook and header.
constexpr std::uint64_t published_layout_bytes(ElementType type, std::uint64_t elements,
                                               std::uint64_t escapes) {
  const ElementFormat format = element_format(type);
  const unsigned bits = format.plane_bits[0] + format.plane_bits[1] + format.plane_bits[2];
  return (bits * elements + 7) / 8 + 7 * escapes;
}

/// Returns the raw bytes divided by published_layout_bytes; 1 if there are no elements.
constexpr double published_layout_ratio(ElementType type, std::uint64_t elements,
                                        std::uint64_t escapes) {
  const std::uint64_t bytes = published_layout_bytes(type, elements, escapes);
  return bytes == 0
             ? 1
             : static_cast<double>(element_bytes(type) * elements) / static_cast<double>(bytes);
}

}  // namespace splitbench
