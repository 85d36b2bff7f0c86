#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "codec/cpu/ranked_bits.hpp"
#include "codec/ranked_format.hpp"

namespace splitbench {

/// The ranks of a block's elements, in their order; RankedFormat::ranks() of one that escapes.
using BlockRanks = std::array<std::uint8_t, kRankedBlock>;

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

/// Calls visit(chunk, bit) for each bit that is set, from the lowest of each chunk on. Pairs of
/// chunks that have one are listed first: a branch for each pair would often be guessed wrong.
template <typename Visit>
void for_each_bit(const Columns& columns, const Visit& visit) {
  std::array<std::uint8_t, kChunksOfBlock / 2> pairs;
  std::size_t count = 0;
  for (unsigned pair = 0; pair < pairs.size(); ++pair) {
    pairs[count] = static_cast<std::uint8_t>(pair);
    const std::size_t chunk = std::size_t{2} * pair;
    count += (columns[chunk] | columns[chunk + 1]) != 0;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const unsigned chunk = 2u * pairs[i];
    std::uint64_t left = columns[chunk] | std::uint64_t{columns[chunk + 1]} << 32;
    do {
      const auto bit = static_cast<unsigned>(std::countr_zero(left));
      visit(chunk + bit / 32, bit % 32);
      left &= left - 1;
    } while (left != 0);
  }
}

/// Returns the place in its block of the element at bit 8 * column + word of a chunk.
inline unsigned place_of(unsigned chunk, unsigned bit) {
  return place_of_chunk(chunk) + kPlaces[bit];
}

/// Writes a block's first level, and the other levels to the beginning of its stream. Returns the
/// number of bits that these have. `escaped` receives the escapes, each as bit 8 * column + word of
/// its chunk.
std::uint64_t put_levels(ElementType type, const BlockRanks& ranks, std::byte* first_level,
                         StreamBytes& stream, Columns& escaped);

/// Reads all levels of a block back into `ranks`, from what copy_stream has made. Returns the
/// number of bits that it read, which a broken frame's stream may not have.
std::uint64_t take_levels(ElementType type, const std::byte* first_level, const StreamBytes& stream,
                          BlockRanks& ranks, Columns& escaped);

}  // namespace splitbench
