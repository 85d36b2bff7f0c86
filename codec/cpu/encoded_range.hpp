#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/cpu/sections.hpp"
#include "codec/cpu/tile_ranges.hpp"

namespace splitbench {

/// What a range of tiles adds to its frame beside what lies in places of its own: a part of the
/// last section, of records of escapes or words of a stream. Its tile ends count from the first
/// tile of the range until place_tails.
template <typename Unit>
struct EncodedRange {
  std::vector<Unit> tail;
  std::uint64_t digest = 0;
};

/// In the last section.
template <typename Unit>
std::uint64_t units_of(const std::vector<EncodedRange<Unit>>& ranges) {
  std::uint64_t units = 0;
  for (const EncodedRange<Unit>& range : ranges) units += range.tail.size();
  return units;
}

template <typename Unit>
std::uint64_t digest_of(const std::vector<EncodedRange<Unit>>& ranges) {
  std::uint64_t digest = 0;
  for (const EncodedRange<Unit>& range : ranges) digest += range.digest;
  return digest;
}

/// Puts the ranges' tails into `section` one after the other, and counts tile ends from the
/// tensor's first tile on.
template <typename Unit>
void place_tails(const std::vector<EncodedRange<Unit>>& ranges, std::uint64_t tile_count,
                 std::byte* tile_ends, std::byte* section) {
  const auto count = static_cast<unsigned>(ranges.size());
  std::uint64_t before = 0;
  for (unsigned number = 0; number < count; ++number) {
    const TileRange range = tile_range(tile_count, count, number);
    for (std::uint64_t tile = range.begin; tile < range.end; ++tile)
      write_tile_end(tile_ends, tile, before + read_tile_end(tile_ends, tile));
    const std::span tail = ranges[number].tail;
    std::ranges::copy(std::as_bytes(tail), section + sizeof(Unit) * before);
    before += tail.size();
  }
}

}  // namespace splitbench
