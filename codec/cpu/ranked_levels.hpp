#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "codec/cpu/ranked_bits.hpp"
#include "codec/ranked_format.hpp"

namespace splitbench {

// An element is represented by its codes in all levels (RankedFormat::codes), a block by those of
// its elements, in their order.
using BlockCodes = std::array<std::uint8_t, kRankedBlock>;

inline constexpr unsigned kChunksOfBlock = kRankedLanes * kRankedChunks;

/// A byte for each column of a chunk, the first column lowest, of all chunks in their order.
using Columns = std::array<std::uint32_t, kChunksOfBlock>;

constexpr unsigned place_of_chunk(unsigned chunk) {
  return chunk_begin(chunk / kRankedChunks, chunk % kRankedChunks);
}

/// The place of a chunk's element in its block, counted from the chunk's first element and indexed
/// by 8 * column + word.
inline constexpr auto kPlaces = [] {
  std::array<std::uint16_t, 32> places{};
  for (unsigned column = 0; column < kRankedColumns; ++column) {
    for (unsigned word = 0; word < kRankedWords; ++word) {
      const unsigned in_chunk = chunk_element(column, word);
      places[8 * column + word] = static_cast<std::uint16_t>(in_chunk % 8 + 256 * (in_chunk / 8));
    }
  }
  return places;
}();

/// Calls visit(chunk, bit) for each bit that is set, from the lowest of each chunk on.
template <typename Visit>
void for_each_bit(const Columns& columns, const Visit& visit) {
  for (unsigned chunk = 0; chunk < kChunksOfBlock; ++chunk) {
    for (std::uint32_t left = columns[chunk]; left != 0; left &= left - 1)
      visit(chunk, static_cast<unsigned>(std::countr_zero(left)));
  }
}

/// Returns the place in its block of the element at bit 8 * column + word of a chunk.
inline unsigned place_of(unsigned chunk, unsigned bit) {
  return place_of_chunk(chunk) + kPlaces[bit];
}

/// Writes a block's first level and appends the other levels to its stream. Returns the escapes,
/// each as bit 8 * column + word of its chunk.
Columns put_levels(const RankedFormat& format, const BlockCodes& codes, std::byte* first_level,
                   BitWriter& out);

/// Reads all levels of a block back into `codes`. Returns the escapes, as put_levels does.
Columns take_levels(const RankedFormat& format, const std::byte* first_level, BitReader& in,
                    BlockCodes& codes);

}  // namespace splitbench
