#pragma once
#include <cstdint>

#include "codec/cuda/bytes.cuh"
#include "codec/cuda/splitzip/tile.cuh"

namespace splitbench {

// Joining: a group of 16 bytes is put together from its planes.

/// A tile's planes in shared memory.
template <ElementType kType>
struct TilePlanes;

template <>
struct TilePlanes<ElementType::bf16> {
  uint4 codes[kTileElements / 32];
  uint4 bytes[kTileElements / 16];

  __device__ uint4* plane(int index) { return index == 0 ? codes : bytes; }

  /// A group's part of the planes.
  struct Coded {
    unsigned codes;
    uint2 bytes;
  };

  __device__ Coded coded(std::uint32_t group) const {
    return {reinterpret_cast<const unsigned*>(codes)[group],
            reinterpret_cast<const uint2*>(bytes)[group]};
  }
};

template <ElementType kType>
struct TilePlanes {
  uint4 nibbles[kTileElements / 32];
  uint4 pairs[kTileElements / 64];
  uint4 singles[kTileElements / 128];

  __device__ uint4* plane(int index) { return index == 0 ? nibbles : index == 1 ? pairs : singles; }

  struct Coded {
    uint2 nibbles;
    unsigned pairs;
    unsigned singles;

    /// Returns the coded bits of four elements, a byte each.
    __device__ unsigned four(int word) const {
      const unsigned fours = (word < 2 ? nibbles.x : nibbles.y) >> 16 * (word % 2);
      const unsigned twos = pairs >> 8 * word;
      const unsigned ones = singles >> 4 * word & 0xf;
      const unsigned low = (fours & 0xff) | (fours & 0xff00) << 8;
      const unsigned middle = (twos & 0xf) | (twos & 0xf0) << 12;
      return ((low | low << 4) & 0x0f0f0f0f) | ((middle | middle << 6) & 0x03030303) << 4 |
             (ones * 0x00204081 & 0x01010101) << 6;
    }
  };

  __device__ Coded coded(std::uint32_t group) const {
    return {reinterpret_cast<const uint2*>(nibbles)[group],
            reinterpret_cast<const unsigned*>(pairs)[group],
            reinterpret_cast<const std::uint16_t*>(singles)[group]};
  }
};

/// A codebook in shared memory, with which a block puts groups together.
template <ElementType kType>
struct Joiner;

/// The joiner of bf16. A code's exponent comes out of registers, by byte permutations: their
/// selector is four codes, whose highest bit tells in which half of the table the exponent is. For
/// the wrong half a permutation gives the sign of a byte, eight times; so bytes here have no
/// sign, and exponents are looked up as their upper seven bits, where they belong, and their lowest
/// bit, one to the right of where it belongs.
template <>
struct Joiner<ElementType::bf16> {
  struct Table {
    uint4 upper, lowest;
  };

  Table table;

  /// Fills in this thread's share of the table; the caller synchronizes the threads before and
  /// after.
  __device__ void fill(const std::uint8_t* exponents, std::uint32_t thread, std::uint32_t) {
    if (thread >= 16) return;
    reinterpret_cast<std::uint8_t*>(&table.upper)[thread] = exponents[thread] >> 1;
    reinterpret_cast<std::uint8_t*>(&table.lowest)[thread] = (exponents[thread] & 1) << 6;
  }

  __device__ Table constants() const { return table; }

  __device__ uint4 join(const TilePlanes<ElementType::bf16>::Coded& coded,
                        const Table& table) const {
    unsigned words[4];
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const unsigned four = half == 0 ? coded.codes : coded.codes >> 16;
      const unsigned bytes = half == 0 ? coded.bytes.x : coded.bytes.y;
      const unsigned high = (bytes & 0x80808080) | look_up(table.upper, four);
      const unsigned low = (bytes & 0x7f7f7f7f) | look_up(table.lowest, four) << 1;
      words[2 * half] = __byte_perm(low, high, 0x5140);
      words[2 * half + 1] = __byte_perm(low, high, 0x7362);
    }
    return {words[0], words[1], words[2], words[3]};
  }

  /// Gives the escaped elements of a group their exponents. Returns false if one of them has a code
  /// other than 0.
  template <typename Escapes>
  __device__ bool patch(uint4& group, const TilePlanes<ElementType::bf16>::Coded& coded,
                        unsigned escaped, std::uint32_t index, const Escapes& escapes) const {
    std::uint32_t next = escapes.first[index];
    unsigned words[4] = {group.x, group.y, group.z, group.w};
    bool no_code = true;
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      if ((escaped >> i & 1) == 0) continue;
      const int place = 16 * (i % 2) + 7;
      words[i / 2] = (words[i / 2] & ~(0xffu << place)) | escapes.exponent(next++) << place;
      no_code = no_code && (coded.codes >> 4 * i & 0xf) == 0;
    }
    group = {words[0], words[1], words[2], words[3]};
    return no_code;
  }
};

/// The joiner of FP8: a table of elements by their seven coded bits.
template <ElementType kType>
struct Joiner {
  std::uint8_t element_of[128];

  __device__ void fill(const std::uint8_t* exponents, std::uint32_t thread, std::uint32_t threads) {
    constexpr ElementFormat kFormat = element_format(kType);
    for (std::uint32_t coded = thread; coded < 128; coded += threads)
      element_of[coded] =
          kFormat.join(exponents[coded % kFormat.codes()], coded >> kFormat.code_bits);
  }

  struct Nothing {};
  __device__ Nothing constants() const { return {}; }

  __device__ uint4 join(const typename TilePlanes<kType>::Coded& coded, Nothing) const {
    unsigned words[4];
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const unsigned bits = coded.four(i);
      words[i] = 0;
#pragma unroll
      for (int byte = 0; byte < 4; ++byte)
        words[i] |= unsigned{element_of[bits >> 8 * byte & 0x7f]} << 8 * byte;
    }
    return {words[0], words[1], words[2], words[3]};
  }

  template <typename Escapes>
  __device__ bool patch(uint4& group, const typename TilePlanes<kType>::Coded& coded,
                        unsigned escaped, std::uint32_t index, const Escapes& escapes) const {
    std::uint32_t next = escapes.first[index];
    constexpr ElementFormat kFormat = element_format(kType);
    constexpr unsigned kExponent = (kFormat.exponents() - 1) << kFormat.mantissa_bits;
    unsigned words[4] = {group.x, group.y, group.z, group.w};
    bool no_code = true;
#pragma unroll
    for (int i = 0; i < 16; ++i) {
      if ((escaped >> i & 1) == 0) continue;
      const int place = 8 * (i % 4);
      const unsigned exponent = escapes.exponent(next++) << kFormat.mantissa_bits;
      words[i / 4] = (words[i / 4] & ~(kExponent << place)) | exponent << place;
      no_code = no_code && (coded.four(i / 4) >> place & (kFormat.codes() - 1)) == 0;
    }
    group = {words[0], words[1], words[2], words[3]};
    return no_code;
  }
};

}  // namespace splitbench
