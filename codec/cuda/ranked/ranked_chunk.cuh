#pragma once
#include <cstdint>

#include "codec/cuda/ranked/ranked_lane.cuh"

namespace splitbench {

// A chunk of a ranked frame as it is decoded; see ranked_lane.cuh.

/// Takes a run apart into codes, the reverse of compress; codes are zero where the masks keep none.
template <int kWords, int kBits>
__device__ inline void expand(unsigned run, const unsigned* masks, unsigned packed,
                              unsigned* codes) {
  constexpr unsigned kMost = kBits == 2 ? 0x03030303 : 0x07070707;
  const unsigned second = shift_right(run, __popc(packed & 0xff));
  const unsigned third = shift_right(run, __popc(packed & 0xffff));
  const unsigned fourth = shift_right(run, __popc(packed & 0xffffff));
  unsigned columns = permute(permute(run, second, 0x0040), permute(third, fourth, 0x0040), 0x5410);
#pragma unroll
  for (int word = kWords - 1; word >= 0; --word) {
    codes[word] = columns & masks[word] & kMost;
    if (word > 0) columns = select(masks[word], columns >> kBits, columns);
  }
}

/// Returns a word with bit 2g of a column's byte set if the column's code of word g is a sentinel.
__device__ inline unsigned sentinels(unsigned columns) {
  return columns & columns >> 1 & 0x55555555;
}

/// The ranks of a chunk's elements as the decoder has them: a nibble for each of its first and of
/// its second eight elements, in their order; and which of them go on to the next level, as
/// `sentinels` returns it.
struct ChunkRanks {
  unsigned first, second, going_on;

  ChunkRanks() = default;
  __device__ explicit ChunkRanks(unsigned first_level)
      : first(first_level & 0x33333333),
        second(first_level >> 2 & 0x33333333),
        going_on(sentinels(first_level)) {}

  /// Returns the bits of the chunk's codes of the next level, at `each` bits a code.
  __device__ unsigned bits(unsigned each) const { return each * __popc(going_on); }

  /// Takes the chunk's codes of the next level from bit `at` on; returns where they end.
  /// `fetch(bit)` returns 32 bits of the stream. Elements that go on after the third level are
  /// escapes.
  template <int kBits, typename Fetch>
  __device__ unsigned add_level(unsigned at, const Fetch& fetch) {
    if constexpr (kBits == 2) {
      return add_pairs(at, fetch);
    } else {
      return add_triples(at, fetch);
    }
  }

 private:
  template <typename Fetch>
  __device__ unsigned add_pairs(unsigned at, const Fetch& fetch) {
    unsigned masks[4], codes[4];
    spread(masks);
    const unsigned pairs = going_on + (going_on << 1);
    expand<4, 2>(fetch(at), masks, pairs, codes);
    const unsigned columns = codes[0] + (codes[1] << 2) + (codes[2] << 4) + (codes[3] << 6);
    first += columns & 0x33333333;
    second += columns >> 2 & 0x33333333;
    going_on = sentinels(columns);
    return at + __popc(pairs);
  }

  template <typename Fetch>
  __device__ unsigned add_triples(unsigned at, const Fetch& fetch) {
    unsigned masks[4], codes[4];
    spread(masks);
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const unsigned triples = pack_triples(masks[2 * half], masks[2 * half + 1]);
      expand<2, 3>(fetch(at), masks + 2 * half, triples, codes + 2 * half);
      at += __popc(triples);
    }
    const unsigned even = codes[0] + (codes[2] << 4), odd = codes[1] + (codes[3] << 4);
    first += even;
    second += odd;
    going_on =
        (even & even >> 1 & even >> 2 & 0x11111111) | (odd & odd >> 1 & odd >> 2 & 0x11111111) << 2;
    return at;
  }

  __device__ void spread(unsigned (&masks)[4]) const {
#pragma unroll
    for (int word = 0; word < 4; ++word)
      masks[word] = permute(going_on << (7 - 2 * word), 0, 0xba98);
  }
};

}  // namespace splitbench
