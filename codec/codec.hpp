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
  std::uint64_t escapes;  ///< of a SplitZip frame; 0 of others
  std::uint64_t digest;   ///< of the raw elements
  FrameKind kind;

  bool operator==(const EncodedFrame&) const = default;
};

/// Writes one frame of the elements that lie in `raw`, whole ones of the codebook's type, to the
/// start of `out`, which must hold max_frame_bytes. The codebook is valid for the kind wanted.
/// Where such a frame would not be smaller than a stored one, the frame is stored; then, and where
/// a stored one is wanted, only the codebook's type counts. Keeps no state; any thread; itself uses
/// up to `threads`. This is the reference: every other encoder writes these bytes. Throws
/// std::invalid_argument.
EncodedFrame encode(std::span<const std::byte> raw, const Codebook& codebook, FrameKind wanted,
                    std::span<std::byte> out, unsigned threads = 1);

inline EncodedFrame encode(std::span<const std::uint16_t> bf16, const Codebook& codebook,
                           FrameKind wanted, std::span<std::byte> out, unsigned threads = 1) {
  return encode(std::as_bytes(bf16), codebook, wanted, out, threads);
}

/// Decodes exactly one frame into `raw`, which must be as long as the frame's elements, and returns
/// their digest. Nothing is written before header, sizes, indices and positions have been checked,
/// and never anything outside; a ranked block's stream is checked as it is read, and the digest
/// comes last, so after a BadFrame the elements count as nothing.
std::uint64_t decode(std::span<const std::byte> frame, std::span<std::byte> raw,
                     unsigned threads = 1);

inline std::uint64_t decode(std::span<const std::byte> frame, std::span<std::uint16_t> bf16,
                            unsigned threads = 1) {
  return decode(frame, std::as_writable_bytes(bf16), threads);
}

/// By the accounting that was published: dense codes, 7 bytes an escape, nothing for codebook and
/// header.
constexpr std::uint64_t published_layout_bytes(ElementType type, std::uint64_t elements,
                                               std::uint64_t escapes) {
  const ElementFormat format = element_format(type);
  const unsigned bits = format.plane_bits[0] + format.plane_bits[1] + format.plane_bits[2];
  return (bits * elements + 7) / 8 + 7 * escapes;
}

constexpr double published_layout_ratio(ElementType type, std::uint64_t elements,
                                        std::uint64_t escapes) {
  const std::uint64_t bytes = published_layout_bytes(type, elements, escapes);
  return bytes == 0
             ? 1
             : static_cast<double>(element_bytes(type) * elements) / static_cast<double>(bytes);
}

}  // namespace splitbench
