#pragma once
#include <algorithm>
#include <array>
#include <cstdint>

#include "codec/element.hpp"

namespace splitbench {

// The coding of exponents in a ranked frame: codec/FORMAT.md. Everything here also runs in kernels.

/// The levels and planes of ranked frames of one element type. An exponent's rank is its place in
/// the codebook, the most frequent first. Each level but the last holds three ranks and a sentinel,
/// which means that the next level has the rest; the last level's sentinel means that the element
/// escapes.
struct RankedFormat {
  std::array<unsigned, 3> level_bits;
  std::array<unsigned, 2> plane_bits;  ///< bits of sign and mantissa; 0 if there is no such plane

  /// Returns the number of ranks that have a code, which is also the rank of an element that
  /// escapes.
  constexpr unsigned ranks() const { return 6 + sentinel(2); }

  constexpr unsigned sentinel(unsigned level) const { return (1u << level_bits[level]) - 1; }

  /// Returns a rank's codes in all levels, the first level's lowest; 0 in levels that it does not
  /// reach.
  constexpr unsigned codes(unsigned rank) const {
    unsigned word = 0;
    for (unsigned level = 0; level < level_bits.size(); ++level) {
      if (rank < 3 * level) break;
      const unsigned code = rank - 3 * level;
      word |= (code < sentinel(level) ? code : sentinel(level)) << 2 * level;
    }
    return word;
  }

  /// Returns the bits that an element of this rank adds to the stream: its codes behind the first
  /// level and, if it escapes, its exponent.
  constexpr unsigned stream_bits(unsigned rank) const {
    unsigned bits = 0;
    for (unsigned level = 1; level < level_bits.size(); ++level)
      bits += rank >= 3 * level ? level_bits[level] : 0;
    return rank == ranks() ? bits + 8 : bits;
  }

  constexpr unsigned code_bits() const { return level_bits[0] + level_bits[1] + level_bits[2]; }
};

constexpr RankedFormat ranked_format(ElementType type) {
  switch (type) {
    case ElementType::fp8_e5m2:
      return {{2, 2, 2}, {2, 1}};
    case ElementType::fp8_e4m3:
      return {{2, 2, 2}, {4, 0}};
    case ElementType::bf16:
      break;
  }
  return {{2, 2, 3}, {8, 0}};
}

/// The number of elements whose codes lie together. A block is 32 lanes of 4 chunks, a chunk 4
/// columns of 4 words: a warp holds a block, a thread a lane, a register a chunk, a byte of it a
/// column.
inline constexpr std::uint64_t kRankedBlock = 2048;
inline constexpr unsigned kRankedLanes = 32;
inline constexpr unsigned kRankedChunks = 4;
inline constexpr unsigned kRankedColumns = 4;
inline constexpr unsigned kRankedWords = 4;

/// Returns the place of a chunk's element among the chunk's 16. The first 8 and the last 8 of these
/// are each consecutive in the block, the latter 256 elements later.
constexpr unsigned chunk_element(unsigned column, unsigned word) {
  return 2 * column + word / 2 + 8 * (word % 2);
}

/// Returns the place of a chunk's first element in its block.
constexpr unsigned chunk_begin(unsigned lane, unsigned chunk) {
  return 512 * chunk + 8 * lane;
}

}  // namespace splitbench
