#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "codec/element.hpp"
#include "codec/ranked_format.hpp"

namespace splitbench {

// The offsets of a frame's sections and the lengths of frames, all in bytes: codec/FORMAT.md.
// Everything here also runs in kernels.

inline constexpr std::uint64_t kTileElements = 16'384;
inline constexpr std::uint64_t kMaxElements = std::uint64_t{1} << 34;  ///< tile ends fit 32 bits
inline constexpr std::uint64_t kEscapeBytes = 3;
inline constexpr std::uint64_t kHeaderBytes = 128;

/// The alignment of sections, so that a warp's write is whole lines of memory, of PCIe and of
/// NVLink. Frames are multiples of it long, so that they can be packed.
inline constexpr std::uint64_t kAlignment = 128;

constexpr std::uint64_t padded(std::uint64_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

constexpr std::uint64_t tiles(std::uint64_t elements) {
  return (elements + kTileElements - 1) / kTileElements;
}

/// Returns the bytes of a plane of `bits` bits per element, without padding.
constexpr std::uint64_t plane_bytes(std::uint64_t elements, unsigned bits) {
  return (elements * bits + 7) / 8;
}

/// The offset of each section of a SplitZip frame from the frame's first byte; `end` is the frame's
/// length.
struct FrameLayout {
  std::array<std::uint64_t, 3> planes;
  std::uint64_t tile_ends;
  std::uint64_t escapes;
  std::uint64_t end;
};

constexpr FrameLayout splitzip_layout(ElementType type, std::uint64_t elements,
                                      std::uint64_t escapes) {
  const ElementFormat format = element_format(type);
  FrameLayout layout{};
  std::uint64_t end = kHeaderBytes;
  for (int plane = 0; plane < 3; ++plane) {
    layout.planes[plane] = end;
    end += padded(plane_bytes(elements, format.plane_bits[plane]));
  }
  layout.tile_ends = end;
  layout.escapes = layout.tile_ends + padded(4 * tiles(elements));
  layout.end = layout.escapes + padded(kEscapeBytes * escapes);
  return layout;
}

constexpr std::uint64_t splitzip_frame_bytes(ElementType type, std::uint64_t elements,
                                             std::uint64_t escapes) {
  return splitzip_layout(type, elements, escapes).end;
}

/// The offset of each section of a ranked frame from the frame's first byte; `end` is the frame's
/// length.
struct RankedLayout {
  std::array<std::uint64_t, 2> planes;
  std::uint64_t first_level;
  std::uint64_t block_ends;
  std::uint64_t tile_ends;
  std::uint64_t stream;
  std::uint64_t end;
};

constexpr std::uint64_t ranked_blocks(std::uint64_t elements) {
  return (elements + kRankedBlock - 1) / kRankedBlock;
}

inline constexpr std::uint64_t kFirstLevelBytes = kRankedBlock / 4;  ///< per block
inline constexpr std::uint64_t kBlocksPerTile = kTileElements / kRankedBlock;

/// Returns the layout of a ranked frame whose stream has `words` words of 4 bytes.
constexpr RankedLayout ranked_layout(ElementType type, std::uint64_t elements,
                                     std::uint64_t words) {
  const RankedFormat format = ranked_format(type);
  RankedLayout layout{};
  layout.planes[0] = kHeaderBytes;
  layout.planes[1] = layout.planes[0] + padded(plane_bytes(elements, format.plane_bits[0]));
  layout.first_level = layout.planes[1] + padded(plane_bytes(elements, format.plane_bits[1]));
  layout.block_ends = layout.first_level + kFirstLevelBytes * ranked_blocks(elements);
  layout.tile_ends = layout.block_ends + padded(2 * ranked_blocks(elements));
  layout.stream = layout.tile_ends + padded(4 * tiles(elements));
  layout.end = layout.stream + padded(4 * words);
  return layout;
}

/// Returns the most words that a block's stream can have.
constexpr std::uint64_t ranked_block_words(ElementType type) {
  const RankedFormat format = ranked_format(type);
  return kRankedBlock * format.stream_bits(format.ranks()) / 32;
}

constexpr std::uint64_t stored_frame_bytes(ElementType type, std::uint64_t elements) {
  return kHeaderBytes + padded(element_bytes(type) * elements);
}

/// Returns the length that no frame of so many elements exceeds: what does not shrink is stored.
constexpr std::uint64_t max_frame_bytes(ElementType type, std::uint64_t elements) {
  return stored_frame_bytes(type, elements);
}

/// Returns the length of a frame. `tail` counts what the last section holds: a SplitZip frame's
/// escapes, or the 4-byte words of a ranked one's stream. A stored frame has none.
constexpr std::uint64_t frame_bytes(FrameKind kind, ElementType type, std::uint64_t elements,
                                    std::uint64_t tail) {
  switch (kind) {
    case FrameKind::splitzip:
      return splitzip_frame_bytes(type, elements, tail);
    case FrameKind::ranked:
      return ranked_layout(type, elements, tail).end;
    case FrameKind::predicted:  // that takes more than a tail: predicted_layout()
    case FrameKind::stored:
      break;
  }
  return stored_frame_bytes(type, elements);
}

/// Returns the largest tail with which a frame of this kind is still smaller than a stored one, or
/// 0 if there is none.
constexpr std::uint64_t tail_capacity(FrameKind kind, ElementType type, std::uint64_t elements) {
  const std::uint64_t stored = stored_frame_bytes(type, elements);
  const std::uint64_t fixed = frame_bytes(kind, type, elements, 0);
  const std::uint64_t unit = kind == FrameKind::ranked ? 4 : kEscapeBytes;
  return fixed + kAlignment < stored ? (stored - fixed - kAlignment) / unit : 0;
}

/// Returns the most escapes with which a SplitZip frame is still smaller than a stored one.
constexpr std::uint64_t escape_capacity(ElementType type, std::uint64_t elements) {
  return tail_capacity(FrameKind::splitzip, type, elements);
}

/// Returns the kind of the frame that results when this kind is wanted: a coded one only if it is
/// smaller than a stored one.
constexpr FrameKind frame_kind(FrameKind wanted, ElementType type, std::uint64_t elements,
                               std::uint64_t tail) {
  const bool shrinks =
      frame_bytes(wanted, type, elements, tail) < stored_frame_bytes(type, elements);
  return shrinks ? wanted : FrameKind::stored;
}

}  // namespace splitbench
