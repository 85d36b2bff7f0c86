#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "codec/cpu/ranked_block.hpp"
#include "codec/cpu/sections.hpp"

namespace splitbench {

// What lies in a ranked frame behind its header, piece by piece: codec/FORMAT.md.

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

/// Of a ranked frame, behind each of its sections. Also runs in kernels.
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
