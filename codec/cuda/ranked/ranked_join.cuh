#pragma once
#include <cstdint>

#include "codec/cuda/bytes.cuh"
#include "codec/cuda/splitzip/join.cuh"
#include "codec/cuda/splitzip/octet.cuh"

namespace splitbench {

// Joining: an octet is put together from its planes and the ranks of its exponents, a nibble each.

/// A tile's planes in shared memory.
template <ElementType kType>
struct RankedTilePlanes;

template <>
struct RankedTilePlanes<ElementType::bf16> {
  uint4 bytes[kTileElements / 16];

  __device__ uint4* plane(int) { return bytes; }

  /// Returns the signs and mantissas of an octet, a byte for each element.
  __device__ uint2 of(std::uint32_t octet) const {
    return reinterpret_cast<const uint2*>(bytes)[octet];
  }
};

template <>
struct RankedTilePlanes<ElementType::fp8_e5m2> {
  uint4 pairs[kTileElements / 64];
  uint4 singles[kTileElements / 128];

  __device__ uint4* plane(int index) { return index == 0 ? pairs : singles; }

  /// Returns an octet's elements without their exponents.
  __device__ uint2 of(std::uint32_t octet) const {
    const unsigned mantissas = reinterpret_cast<const std::uint16_t*>(pairs)[octet];
    const unsigned signs = reinterpret_cast<const std::uint8_t*>(singles)[octet];
    return {spread_pairs(mantissas & 0xff) | spread_signs(signs & 0xf),
            spread_pairs(mantissas >> 8) | spread_signs(signs >> 4)};
  }

 private:
  static __device__ unsigned spread_pairs(unsigned byte) {
    const unsigned halves = (byte | byte << 12) & 0x000f000f;
    return (halves | halves << 6) & 0x03030303;
  }
  static __device__ unsigned spread_signs(unsigned nibble) {
    return nibble * 0x10204080 & 0x80808080;
  }
};

template <>
struct RankedTilePlanes<ElementType::fp8_e4m3> {
  uint4 nibbles[kTileElements / 32];

  __device__ uint4* plane(int) { return nibbles; }

  /// Returns an octet's elements without their exponents.
  __device__ uint2 of(std::uint32_t octet) const {
    const unsigned eight = reinterpret_cast<const unsigned*>(nibbles)[octet];
    return {spread(permute(eight, 0, 0x1100)), spread(permute(eight, 0, 0x3322))};
  }

 private:
  /// Takes the lower nibble of the first and the upper one of the second copy of bytes that are
  /// there twice; returns each nibble's sign and mantissa where an element has them.
  static __device__ unsigned spread(unsigned twice) {
    const unsigned lowest = select(0x00ff00ff, twice, twice >> 4);
    return (lowest & 0x07070707) | (lowest << 4 & 0x80808080);
  }
};

/// A codebook in shared memory, with which a block puts octets together and enters an escape's
/// exponent, which was decoded as 0: `bit` is the escape's in ChunkRanks::going_on.
template <ElementType kType>
struct RankJoiner;

template <>
struct RankJoiner<ElementType::bf16> {
  Joiner<ElementType::bf16> joiner;

  /// Fills the table. Called by one whole warp.
  __device__ void fill(const std::uint8_t* exponents) { joiner.fill(exponents); }

  __device__ auto constants() const { return joiner.constants(); }

  __device__ uint4 join(unsigned ranks, uint2 bytes,
                        const Joiner<ElementType::bf16>::Table& table) const {
    return joiner.join({ranks, bytes}, table);
  }

  static __device__ void enter_escape(unsigned bit, unsigned exponent, uint4& first,
                                      uint4& second) {
    const unsigned value = exponent << ((bit & 0x50505050) != 0 ? 23 : 7);
    if ((bit & 0x00000011) != 0) first.x |= value;
    if ((bit & 0x00001100) != 0) first.y |= value;
    if ((bit & 0x00110000) != 0) first.z |= value;
    if ((bit & 0x11000000) != 0) first.w |= value;
    if ((bit & 0x00000044) != 0) second.x |= value;
    if ((bit & 0x00004400) != 0) second.y |= value;
    if ((bit & 0x00440000) != 0) second.z |= value;
    if ((bit & 0x44000000) != 0) second.w |= value;
  }
};

/// A joiner of FP8: a table of exponents, each where it belongs in an element.
template <ElementType kType>
struct RankJoiner {
  static constexpr unsigned kMantissaBits = element_format(kType).mantissa_bits;

  uint4 table;

  __device__ void fill(const std::uint8_t* exponents) {
    const unsigned lane = threadIdx.x % 32;
    if (lane < 16) reinterpret_cast<std::uint8_t*>(&table)[lane] = exponents[lane] << kMantissaBits;
  }

  __device__ uint4 constants() const { return table; }

  __device__ uint2 join(unsigned ranks, uint2 rest, const uint4& exponents) const {
    return {rest.x | look_up(exponents, ranks), rest.y | look_up(exponents, ranks >> 16)};
  }

  static __device__ void enter_escape(unsigned bit, unsigned exponent, uint2& first,
                                      uint2& second) {
    const unsigned place =
        kMantissaBits + ((bit & 0xf0f0f0f0) != 0 ? 8 : 0) + ((bit & 0xff00ff00) != 0 ? 16 : 0);
    const unsigned value = exponent << place;
    if ((bit & 0x00001111) != 0) first.x |= value;
    if ((bit & 0x11110000) != 0) first.y |= value;
    if ((bit & 0x00004444) != 0) second.x |= value;
    if ((bit & 0x44440000) != 0) second.y |= value;
  }
};

}  // namespace splitbench
