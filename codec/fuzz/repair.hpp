#pragma once
#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "codec/frame.hpp"

namespace splitbench {

// Repairs of what a fuzzer cannot guess. Inputs begin with a byte of flags that select what is
// corrected before the codec sees the rest.

inline constexpr std::uint64_t kMostElements = 70'000;  // five tiles; more would only be slower

inline void put_header(const FrameHeader& header, std::span<std::byte> frame) {
  std::memcpy(frame.data(), &header, sizeof header);
}

/// Returns the header with everything corrected that follows from its kind, type, counts and
/// codebook, and with its counts limited.
inline FrameHeader repaired(FrameHeader header) {
  const FrameKind kind = header.kind;
  const bool coded = kind != FrameKind::stored;
  const ElementType type = header.element_type;
  header.magic = FrameHeader::kMagic;
  if (!known_version(header.version)) header.version = FrameHeader::kVersion;
  header.elements %= kMostElements;
  header.escapes = kind == FrameKind::splitzip ? header.escapes % (header.elements + 1) : 0;
  header.stream_words = kind == FrameKind::ranked ? header.stream_words % (header.elements + 1) : 0;
  header.code_bits = static_cast<std::uint8_t>(code_bits(kind, type));
  header.codebook_id = coded ? header.codebook().id() : 0;
  header.frame_bytes = frame_bytes(kind, type, header.elements, header.tail());
  header.checksum = header_checksum(header);
  return header;
}

/// Returns the frame that begins with this header, repaired, and is as long as it then says. The
/// input behind the header goes to the first section or, without planes, to the one behind the
/// planes: planes of zeros suit any escapes, and in so much less input each change matters.
inline std::vector<std::byte> repair_frame(std::vector<std::byte> input, bool without_planes) {
  input.resize(std::max<std::size_t>(input.size(), kHeaderBytes));
  FrameHeader header;
  std::memcpy(&header, input.data(), sizeof header);
  header = repaired(header);
  std::uint64_t begin = kHeaderBytes;
  if (without_planes && header.kind == FrameKind::splitzip)
    begin = splitzip_layout(header.element_type, header.elements, 0).tile_ends;
  if (without_planes && header.kind == FrameKind::ranked)
    begin = ranked_layout(header.element_type, header.elements, 0).first_level;

  std::vector<std::byte> frame(header.frame_bytes);
  const std::span rest = std::span(input).subspan(kHeaderBytes);
  std::ranges::copy(rest.first(std::min(rest.size(), frame.size() - begin)),
                    std::span(frame).subspan(begin).begin());
  put_header(header, frame);
  return frame;
}

}  // namespace splitbench
