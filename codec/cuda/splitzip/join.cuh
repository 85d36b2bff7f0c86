#pragma once
#include <cstdint>

#include "codec/cuda/bytes.cuh"
#include "codec/cuda/splitzip/tile.cuh"

namespace splitbench {

// Joining: a group of 16 bytes is put together from its planes.

/// A group's part of a frame's planes.
template <ElementType kType>
struct CodedGroup {
  uint2 nibbles;
  unsigned pairs;
  unsigned singles;
};

template <>
struct CodedGroup<ElementType::bf16> {
  unsigned codes;
  uint2 bytes;
};

/// A tile's planes in shared memory.
template <ElementType kType>
struct TilePlanes {
  uint4 nibbles[kTileElements / 32];
  uint4 pairs[kTileElements / 64];
  uint4 singles[kTileElements / 128];

  __device__ uint4* plane(int index) { return index == 0 ? nibbles : index == 1 ? pairs : singles; }

  __device__ CodedGroup<kType> group(std::uint32_t number) const {
    return {reinterpret_cast<const uint2*>(nibbles)[number],
            reinterpret_cast<const unsigned*>(pairs)[number],
            reinterpret_cast<const std::uint16_t*>(singles)[number]};
  }

  /// Returns an element's coded bits.
  __device__ unsigned element(std::uint32_t number) const {
    const auto bits = [number](const uint4* plane, unsigned count) {
      const unsigned byte = reinterpret_cast<const std::uint8_t*>(plane)[number * count / 8];
      return byte >> number * count % 8 & ((1u << count) - 1);
    };
    return bits(nibbles, 4) | bits(pairs, 2) << 4 | bits(singles, 1) << 6;
  }
};

template <>
struct TilePlanes<ElementType::bf16> {
  uint4 codes[kTileElements / 32];
  uint4 bytes[kTileElements / 16];

  __device__ uint4* plane(int index) { return index == 0 ? codes : bytes; }

  __device__ CodedGroup<ElementType::bf16> group(std::uint32_t number) const {
    return {reinterpret_cast<const unsigned*>(codes)[number],
            reinterpret_cast<const uint2*>(bytes)[number]};
  }

  __device__ unsigned element(std::uint32_t number) const {
    const unsigned code = reinterpret_cast<const std::uint8_t*>(codes)[number / 2];
    return (code >> 4 * (number % 2) & 0xf) |
           unsigned{reinterpret_cast<const std::uint8_t*>(bytes)[number]} << 4;
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

  /// Fills the table. Called by one whole warp, and synchronized by the caller before and after.
  __device__ void fill(const std::uint8_t* exponents) {
    const std::uint32_t lane = threadIdx.x % 32;
    if (lane >= 16) return;
    reinterpret_cast<std::uint8_t*>(&table.upper)[lane] = exponents[lane] >> 1;
    reinterpret_cast<std::uint8_t*>(&table.lowest)[lane] = (exponents[lane] & 1) << 6;
  }

  __device__ Table constants() const { return table; }

  __device__ uint4 join(const CodedGroup<ElementType::bf16>& coded, const Table& table) const {
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
};

/// The joiner of FP8. An element is its nibble's entry of a table, which has the exponent and, of
/// E4M3, the mantissa's lowest bit in their places, and its other bits beside that. Entries have no
/// sign, as a permutation wants it.
template <ElementType kType>
struct Joiner {
  using Table = uint4;

  Table table;

  __device__ void fill(const std::uint8_t* exponents) {
    constexpr ElementFormat kFormat = element_format(kType);
    const std::uint32_t lane = threadIdx.x % 32;
    if (lane >= 16) return;
    reinterpret_cast<std::uint8_t*>(&table)[lane] = static_cast<std::uint8_t>(
        kFormat.join(exponents[lane % kFormat.codes()], lane >> kFormat.code_bits));
  }

  __device__ Table constants() const { return table; }

  __device__ uint4 join(const CodedGroup<kType>& coded, const Table& table) const {
    constexpr unsigned kPairAt = 4 - element_format(kType).code_bits;
    unsigned words[4];
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const unsigned fours = (i < 2 ? coded.nibbles.x : coded.nibbles.y) >> 16 * (i % 2);
      const unsigned twos = coded.pairs >> 8 * i & 0xff;
      const unsigned ones = coded.singles >> 4 * i & 0xf;
      const unsigned halves = (twos | twos << 12) & 0x000f000f;
      const unsigned pairs = (halves | halves << 6) & 0x03030303;
      words[i] = look_up(table, fours) | pairs << kPairAt | (ones * 0x10204080 & 0x80808080);
    }
    return {words[0], words[1], words[2], words[3]};
  }
};

}  // namespace splitbench
