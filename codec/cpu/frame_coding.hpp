#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "codec/codec.hpp"
#include "codec/cpu/sections.hpp"

namespace splitbench {

// The parts of encode() and decode() for each kind of frame, called once the arguments or the
// header have been checked.

/// Each encodes a frame of one kind. Those of coded frames store the elements if there are too many
/// escapes or words for a shorter frame; the caller has checked that one without any is shorter.
EncodedFrame encode_stored(std::span<const std::byte> raw, ElementType type,
                           std::span<std::byte> out, unsigned threads);
EncodedFrame encode_splitzip(std::span<const std::byte> raw, const Codebook& codebook,
                             std::span<std::byte> out, unsigned threads);
EncodedFrame encode_ranked(std::span<const std::byte> raw, const Codebook& codebook,
                           std::span<std::byte> out, unsigned threads);

/// Each decodes a frame with this header, which is as long as the header says, and returns the
/// digest of the elements, compared with that in the header. Throws BadFrame.
std::uint64_t decode_stored(const FrameHeader& header, std::span<const std::byte> frame,
                            std::span<std::byte> raw, unsigned threads);
std::uint64_t decode_splitzip(const FrameHeader& header, std::span<const std::byte> frame,
                              std::span<std::byte> raw, unsigned threads);
std::uint64_t decode_ranked(const FrameHeader& header, std::span<const std::byte> frame,
                            std::span<std::byte> raw, unsigned threads);

inline void fill_zero(std::span<std::byte> out, Padding padding) {
  std::memset(out.data() + padding.begin, 0, padding.end - padding.begin);
}

inline EncodedFrame write_header(const FrameHeader& header, std::span<std::byte> out) {
  std::memcpy(out.data(), &header, sizeof header);
  return {.frame_bytes = header.frame_bytes,
          .escapes = header.escapes,
          .digest = header.digest,
          .kind = header.kind};
}

inline void require(bool holds, FrameFault otherwise) {
  if (!holds) throw BadFrame(otherwise);
}

inline void require_zero(std::span<const std::byte> frame, Padding padding) {
  for (std::uint64_t i = padding.begin; i < padding.end; ++i)
    require(frame[i] == std::byte{0}, FrameFault::padding);
}

/// Throws BadFrame unless the unused bits in the last byte of a plane are zero; the plane begins at
/// offset `plane` and has `bits` bits.
inline void require_zero_rest(std::span<const std::byte> frame, std::uint64_t plane,
                              std::uint64_t bits) {
  require(bits % 8 == 0 || (frame[plane + bits / 8] >> bits % 8) == std::byte{0},
          FrameFault::padding);
}

}  // namespace splitbench
