#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "codec/codec.hpp"
#include "codec/cpu/sections.hpp"

namespace splitbench {

// What encode() and decode() do for each kind of frame, once they have seen that it can be done.

/// Those of coded frames store after all where that is not longer.
EncodedFrame encode_stored(std::span<const std::byte> raw, ElementType type,
                           std::span<std::byte> out, unsigned threads);
EncodedFrame encode_splitzip(std::span<const std::byte> raw, const Codebook& codebook,
                             std::span<std::byte> out, unsigned threads);
EncodedFrame encode_ranked(std::span<const std::byte> raw, const Codebook& codebook,
                           std::span<std::byte> out, unsigned threads);

/// Of a frame with this header, as long as it says; they return the digest, which they have
/// compared with the header's.
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

/// The unused bits of a plane's last byte.
inline void require_zero_rest(std::span<const std::byte> frame, std::uint64_t plane,
                              std::uint64_t bits) {
  require(bits % 8 == 0 || frame[plane + bits / 8] >> bits % 8 == std::byte{0},
          FrameFault::padding);
}

}  // namespace splitbench
