#pragma once
#include "codec/cuda/bytes.cuh"
#include "codec/cuda/ranked/ranked_split.cuh"
#include "codec/ranked_format.hpp"

namespace splitbench {

// A lane's chunk of a ranked frame (codec/FORMAT.md) in registers: words 0 and 2 are the even and
// odd elements of the chunk's first octet, words 1 and 3 of its second, a byte each. All four
// columns are worked on at once; where a column's codes belong follows from counting bits.

/// The number of a chunk's runs in the stream: one of the second level and one of the third; if the
/// third has 3 bits, one for words 0 and 1, and one for words 2 and 3.
template <ElementType kType>
inline constexpr int kRuns = ranked_format(kType).level_bits[2] == 2 ? 2 : 3;

/// Returns 0xff in each byte whose entry reaches this level, from the second on; the fourth is the
/// escapes.
__device__ inline unsigned reach_mask(unsigned entries, int level) {
  return permute(entries << (level - 1), 0, 0xba98);
}

/// Returns two bits of each byte of four masks, so that each column has a byte.
__device__ inline unsigned pack_pairs(const unsigned (&masks)[4]) {
  return select(0x0f0f0f0f, select(0x03030303, masks[0], masks[1]),
                select(0x30303030, masks[2], masks[3]));
}
/// Returns three bits of each byte of two masks.
__device__ inline unsigned pack_triples(unsigned first, unsigned second) {
  return select(0x07070707, first, second) & 0x3f3f3f3f;
}

/// Returns the run of the codes that the masks keep; `packed` is the masks as pack_pairs or
/// pack_triples returns them.
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

/// The codes that a chunk adds to its frame. Lengths of runs are in bits; bit 8j + 2g of the
/// escapes is byte j of word g.
template <ElementType kType>
struct ChunkCodes {
  unsigned first_level;
  unsigned runs[kRuns<kType>];
  unsigned lengths[kRuns<kType>];
  unsigned escapes;

  /// Computes the codes from the entries in the chunk's four words.
  __device__ explicit ChunkCodes(const unsigned (&entries)[4]) {
    unsigned reach[4], codes[4];
    go_on<2, 2>(entries, reach, codes);
    first_level = codes[0] + (codes[1] << 2) + (codes[2] << 4) + (codes[3] << 6);
    unsigned next[4];
    go_on<3, 2>(entries, next, codes);
    add_pairs(0, codes, reach);
#pragma unroll
    for (int word = 0; word < 4; ++word) reach[word] = next[word];
    go_on<4, ranked_format(kType).level_bits[2]>(entries, next, codes);
    if constexpr (kRuns<kType> == 2) {
      add_pairs(1, codes, reach);
    } else {
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const unsigned triples = pack_triples(reach[2 * half], reach[2 * half + 1]);
        runs[1 + half] = compress<2, 3>(codes + 2 * half, reach + 2 * half, triples);
        lengths[1 + half] = __popc(triples);
      }
    }
    escapes = pack_pairs(next) & 0x55555555;
  }

 private:
  /// Finds which entries reach a level, and the codes of the level before, which are sentinels for
  /// those.
  template <int kLevel, int kBits>
  static __device__ void go_on(const unsigned (&entries)[4], unsigned (&reach)[4],
                               unsigned (&codes)[4]) {
    constexpr unsigned kMost = kBits == 2 ? 0x03030303 : 0x07070707;
#pragma unroll
    for (int word = 0; word < 4; ++word) {
      reach[word] = reach_mask(entries[word], kLevel);
      codes[word] = (entries[word] | reach[word]) & kMost;
    }
  }

  __device__ void add_pairs(int run, const unsigned (&codes)[4], const unsigned (&reach)[4]) {
    const unsigned pairs = pack_pairs(reach);
    runs[run] = compress<4, 2>(codes, reach, pairs);
    lengths[run] = __popc(pairs);
  }
};

}  // namespace splitbench
