#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "codec/cpu/ranked_block.hpp"
#include "codec/frame.hpp"

namespace splitbench {

// The sections of a SplitZip frame behind its header, piece by piece: codec/FORMAT.md.

/// An element without a code: its position in its tile and its exponent.
struct Escape {
  std::uint16_t position;
  std::uint8_t exponent;
};

/// An escape as it lies in a frame.
using EscapeRecord = std::array<std::byte, kEscapeBytes>;

constexpr EscapeRecord to_record(Escape escape) {
  return {static_cast<std::byte>(escape.position), static_cast<std::byte>(escape.position >> 8),
          static_cast<std::byte>(escape.exponent)};
}

inline Escape read_escape(const std::byte* section, std::uint64_t index) {
  const std::byte* const record = section + kEscapeBytes * index;
  return {.position = static_cast<std::uint16_t>(static_cast<unsigned>(record[0]) |
                                                 static_cast<unsigned>(record[1]) << 8),
          .exponent = static_cast<std::uint8_t>(record[2])};
}

inline std::uint32_t read_tile_end(const std::byte* section, std::uint64_t tile) {
  std::uint32_t end;
  std::memcpy(&end, section + 4 * tile, sizeof end);
  return end;
}

/// Returns where a tile's part of the last section begins, counted in escapes or words.
inline std::uint64_t read_tile_begin(const std::byte* section, std::uint64_t tile) {
  return tile == 0 ? 0 : read_tile_end(section, tile - 1);
}

inline void write_tile_end(std::byte* section, std::uint64_t tile, std::uint64_t end) {
  const auto value = static_cast<std::uint32_t>(end);
  std::memcpy(section + 4 * tile, &value, sizeof value);
}

/// Returns the addresses at which an element begins in each plane; it must be the first of a byte
/// in all of them.
template <typename Byte>
std::array<Byte*, 3> planes_at(std::span<Byte> frame, const FrameLayout& layout,
                               const ElementFormat& format, std::uint64_t element) {
  std::array<Byte*, 3> planes;
  for (std::size_t plane = 0; plane < planes.size(); ++plane) {
    planes[plane] =
        frame.data() + layout.planes[plane] + plane_bytes(element, format.plane_bits[plane]);
  }
  return planes;
}

/// Bytes of a frame that are zero, as offsets from its first.
struct Padding {
  std::uint64_t begin;
  std::uint64_t end;
};

/// Returns the padding behind each section of a SplitZip frame. Also runs in kernels.
constexpr std::array<Padding, 5> paddings(ElementType type, std::uint64_t elements,
                                          std::uint64_t escapes) {
  const ElementFormat format = element_format(type);
  const FrameLayout layout = splitzip_layout(type, elements, escapes);
  std::array<Padding, 5> paddings{};
  for (std::size_t plane = 0; plane < 3; ++plane) {
    const std::uint64_t end =
        layout.planes[plane] + plane_bytes(elements, format.plane_bits[plane]);
    paddings[plane] = {end, padded(end)};
  }
  paddings[3] = {layout.tile_ends + 4 * tiles(elements), layout.escapes};
  paddings[4] = {layout.escapes + kEscapeBytes * escapes, layout.end};
  return paddings;
}

// The sections of a ranked frame behind its header, piece by piece: codec/FORMAT.md.

template <typename Byte>
RankedSections<Byte> ranked_sections_at(std::span<Byte> frame, const RankedLayout& layout,
                                        const RankedFormat& format, std::uint64_t block) {
  RankedSections<Byte> sections;
  for (std::size_t plane = 0; plane < sections.planes.size(); ++plane) {
    sections.planes[plane] = frame.data() + layout.planes[plane] +
                             plane_bytes(block * kRankedBlock, format.plane_bits[plane]);
  }
  sections.first_level = frame.data() + layout.first_level + kFirstLevelBytes * block;
  return sections;
}

inline std::uint16_t read_block_end(const std::byte* section, std::uint64_t block) {
  std::uint16_t end;
  std::memcpy(&end, section + 2 * block, sizeof end);
  return end;
}

inline void write_block_end(std::byte* section, std::uint64_t block, std::uint64_t end) {
  const auto value = static_cast<std::uint16_t>(end);
  std::memcpy(section + 2 * block, &value, sizeof value);
}

/// Returns the padding behind each section of a ranked frame but the first level, which needs none.
/// Also runs in kernels.
constexpr std::array<Padding, 5> ranked_paddings(ElementType type, std::uint64_t elements,
                                                 std::uint64_t words) {
  const RankedFormat format = ranked_format(type);
  const RankedLayout layout = ranked_layout(type, elements, words);
  const std::uint64_t plane_ends[2] = {
      layout.planes[0] + plane_bytes(elements, format.plane_bits[0]),
      layout.planes[1] + plane_bytes(elements, format.plane_bits[1])};
  return {{{plane_ends[0], layout.planes[1]},
           {plane_ends[1], layout.first_level},
           {layout.block_ends + 2 * ranked_blocks(elements), layout.tile_ends},
           {layout.tile_ends + 4 * tiles(elements), layout.stream},
           {layout.stream + 4 * words, layout.end}}};
}

}  // namespace splitbench
