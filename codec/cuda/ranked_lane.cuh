#pragma once
#include <algorithm>
#include <cstdint>

#include "codec/codebook.hpp"
#include "codec/ranked_format.hpp"

namespace splitbench {

// A lane's chunk of a ranked frame of bf16 (codec/FORMAT.md) in registers: words 0 and 2 are the
// even and odd elements of the chunk's first 16 bytes, words 1 and 3 of its second, a byte each.
// All four columns are worked on at once; where a column's codes belong follows from counting bits.

/// Bytes of a and then b, by the nibbles of `selector`; the highest bit of a nibble asks for the
/// byte's sign, eight times. (__byte_perm knows no signs.)
__device__ inline unsigned permute(unsigned a, unsigned b, unsigned selector) {
  unsigned bytes;
  asm("prmt.b32 %0, %1, %2, %3;" : "=r"(bytes) : "r"(a), "r"(b), "r"(selector));
  return bytes;
}

__device__ inline unsigned select(unsigned mask, unsigned yes, unsigned no) {
  return (yes & mask) | (no & ~mask);
}

/// Shifts by `bits` modulo 32.
__device__ inline unsigned shift_left(unsigned x, unsigned bits) {
  return __funnelshift_l(0, x, bits);
}
__device__ inline unsigned shift_right(unsigned x, unsigned bits) {
  return __funnelshift_r(x, 0, bits);
}
/// What shift_left pushes out at the top.
__device__ inline unsigned shifted_out(unsigned x, unsigned bits) {
  return __funnelshift_l(x, 0, bits);
}

/// Runs of a chunk in the stream: the second level's, and the third's of words 0 and 1, and of
/// words 2 and 3.
inline constexpr int kRuns = 3;

/// An exponent's codes as the encoder looks them up: bits 0 to 2 the code in its own level, bit 6
/// set if it reaches the second level, bit 5 the third, bit 4 if it escapes.
constexpr std::uint8_t rank_entry(unsigned rank) {
  constexpr RankedFormat kFormat = ranked_format(ElementType::bf16);
  if (rank < 3) return static_cast<std::uint8_t>(rank);
  if (rank < 6) return static_cast<std::uint8_t>(0x40 | (rank - 3));
  if (rank < kFormat.ranks()) return static_cast<std::uint8_t>(0x60 | (rank - 6));
  return 0x77;
}
inline constexpr std::uint8_t kEscapeEntry = 0x77;

/// The entries of 15 consecutive exponents, if all of a codebook's are among them; the sixteenth is
/// an escape's.
struct RankWindow {
  std::uint32_t entries[4];
  std::uint32_t minus_first;  ///< exponent, in both half words
  bool holds_all;

  RankWindow() = default;
  explicit RankWindow(const Codebook& codebook) {
    constexpr unsigned kRanks = ranked_format(ElementType::bf16).ranks();
    unsigned lowest = 255, highest = 0;
    for (unsigned rank = 0; rank < kRanks; ++rank) {
      lowest = std::min<unsigned>(lowest, codebook.exponents[rank]);
      highest = std::max<unsigned>(highest, codebook.exponents[rank]);
    }
    holds_all = highest - lowest < 15;
    std::uint8_t bytes[16];
    for (std::uint8_t& byte : bytes) byte = kEscapeEntry;
    for (unsigned rank = 0; rank < kRanks && holds_all; ++rank)
      bytes[codebook.exponents[rank] - lowest] = rank_entry(rank);
    for (int i = 0; i < 4; ++i) {
      entries[i] = bytes[4 * i] | bytes[4 * i + 1] << 8 | bytes[4 * i + 2] << 16 |
                   std::uint32_t{bytes[4 * i + 3]} << 24;
    }
    minus_first = ((0x10000 - lowest) & 0xffff) * 0x10001u;
  }

  /// Of the elements of a group.
  __device__ void look_up(uint4 group, unsigned& even, unsigned& odd) const {
    const unsigned words[4] = {group.x, group.y, group.z, group.w};
    unsigned distance[4];
#pragma unroll
    for (int i = 0; i < 4; ++i)
      distance[i] = __viaddmin_u16x2(words[i] >> 7 & 0x00ff00ff, minus_first, 0x000f000f);
    const unsigned selector =
        distance[0] + (distance[1] << 4) + (distance[2] << 8) + (distance[3] << 12);
    const unsigned upper = selector ^ 0x88888888;
    even = permute(entries[0], entries[1], selector) | permute(entries[2], entries[3], upper);
    odd = permute(entries[0], entries[1], selector >> 16) |
          permute(entries[2], entries[3], upper >> 16);
  }
};

/// The same for any codebook, from 256 entries in memory.
__device__ inline void look_up_anywhere(const std::uint8_t* entries, uint4 group, unsigned& even,
                                        unsigned& odd) {
  const unsigned words[4] = {group.x, group.y, group.z, group.w};
  even = odd = 0;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    even |= unsigned{entries[words[i] >> 7 & 0xff]} << 8 * i;
    odd |= unsigned{entries[words[i] >> 23 & 0xff]} << 8 * i;
  }
}

__device__ inline uint2 signs_and_mantissas(uint4 group) {
  return {select(0x80808080, permute(group.x, group.y, 0x7531), permute(group.x, group.y, 0x6420)),
          select(0x80808080, permute(group.z, group.w, 0x7531), permute(group.z, group.w, 0x6420))};
}

/// 0xff in each byte whose entry reaches this level, from the second on; the fourth is the escapes.
__device__ inline unsigned reach_mask(unsigned entries, int level) {
  return permute(entries << (level - 1), 0, 0xba98);
}

/// Two bits of each byte of four masks, so that each column has a byte.
__device__ inline unsigned pack_pairs(const unsigned (&masks)[4]) {
  return select(0x0f0f0f0f, select(0x03030303, masks[0], masks[1]),
                select(0x30303030, masks[2], masks[3]));
}
/// Three bits of each byte of two masks.
__device__ inline unsigned pack_triples(unsigned first, unsigned second) {
  return select(0x07070707, first, second) & 0x3f3f3f3f;
}

/// A run of the codes that the masks keep; `packed` is those as pack_pairs or pack_triples has
/// them.
template <int kWords, int kBits>
__device__ inline unsigned compress(const unsigned* codes, const unsigned* masks, unsigned packed) {
  unsigned columns = codes[0] & masks[0];
#pragma unroll
  for (int word = 1; word < kWords; ++word)
    columns = select(masks[word], (columns << kBits) + codes[word], columns);
  return (columns & 0xff) | shift_left(permute(columns, 0, 0x4441), __popc(packed & 0xff)) |
         shift_left(permute(columns, 0, 0x4442), __popc(packed & 0xffff)) |
         shift_left(columns >> 24, __popc(packed & 0xffffff));
}

/// What a chunk adds to its frame. Of the runs, the lengths are in bits; of the escapes, bit 8j +
/// 2g is byte j of word g.
struct ChunkCodes {
  unsigned first_level;
  unsigned runs[kRuns];
  unsigned lengths[kRuns];
  unsigned escapes;
};

/// `entries` are the words'.
__device__ inline ChunkCodes encode_chunk(const unsigned (&entries)[4]) {
  ChunkCodes chunk;
  unsigned reach[4], next[4], codes[4];
#pragma unroll
  for (int word = 0; word < 4; ++word) {
    reach[word] = reach_mask(entries[word], 2);
    codes[word] = (entries[word] | reach[word]) & 0x03030303;
  }
  chunk.first_level = codes[0] + (codes[1] << 2) + (codes[2] << 4) + (codes[3] << 6);
#pragma unroll
  for (int word = 0; word < 4; ++word) {
    next[word] = reach_mask(entries[word], 3);
    codes[word] = (entries[word] | next[word]) & 0x03030303;
  }
  const unsigned pairs = pack_pairs(reach);
  chunk.runs[0] = compress<4, 2>(codes, reach, pairs);
  chunk.lengths[0] = __popc(pairs);
#pragma unroll
  for (int word = 0; word < 4; ++word) {
    reach[word] = next[word];
    next[word] = reach_mask(entries[word], 4);
    codes[word] = (entries[word] | next[word]) & 0x07070707;
  }
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    const unsigned triples = pack_triples(reach[2 * half], reach[2 * half + 1]);
    chunk.runs[1 + half] = compress<2, 3>(codes + 2 * half, reach + 2 * half, triples);
    chunk.lengths[1 + half] = __popc(triples);
  }
  chunk.escapes = pack_pairs(next) & 0x55555555;
  return chunk;
}

}  // namespace splitbench
