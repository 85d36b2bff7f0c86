#pragma once
#include <algorithm>
#include <cstdint>

#include "codec/codebook.hpp"
#include "codec/cuda/bytes.cuh"
#include "codec/cuda/splitzip/octet.cuh"
#include "codec/ranked_format.hpp"

namespace splitbench {

// Splitting: an octet is taken apart into its planes and the entries of its exponents, which are
// what its chunk needs to know of them. Entries are a byte each, those of even elements apart
// from those of odd ones.

/// Returns the entry of a rank that has a code, which is its codes as the encoder looks them up:
/// the lowest bits are the code in its own level, bit 6 is set if it reaches the second level, bit
/// 5 the third. Bit 4 marks an escape: only kEscapeEntry has it.
constexpr std::uint8_t rank_entry(unsigned rank) {
  if (rank < 3) return static_cast<std::uint8_t>(rank);
  if (rank < 6) return static_cast<std::uint8_t>(0x40 | (rank - 3));
  return static_cast<std::uint8_t>(0x60 | (rank - 6));
}
inline constexpr std::uint8_t kEscapeEntry = 0x77;

/// The entries of a codebook, indexed by exponent, in shared memory.
template <ElementType kType>
struct alignas(16) EntryTable {
  static constexpr unsigned kSize = element_format(kType).exponents();

  std::uint8_t entries[kSize];

  /// Fills the table. Called by one whole warp.
  __device__ void fill(const Codebook& codebook) {
    const std::uint32_t lane = threadIdx.x % 32;
    for (std::uint32_t i = lane; i < kSize / 4; i += 32)
      reinterpret_cast<unsigned*>(entries)[i] = kEscapeEntry * 0x01010101u;
    __syncwarp();
    if (lane < ranked_format(kType).ranks()) entries[codebook.exponents[lane]] = rank_entry(lane);
    __syncwarp();
  }
};

/// The entries of 15 consecutive exponents of bf16, if all of a codebook's are among them; the
/// sixteenth entry is an escape's.
struct RankWindow {
  std::uint32_t entries[4];
  std::uint32_t minus_first;  ///< minus the first exponent, in both half words
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

  __device__ void look_up(uint4 octet, unsigned& even, unsigned& odd) const {
    const unsigned words[4] = {octet.x, octet.y, octet.z, octet.w};
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

/// The lookup of entries by the lanes of a block.
template <ElementType kType>
struct RankEntries;

template <>
struct RankEntries<ElementType::bf16> {
  const RankWindow& window;
  const EntryTable<ElementType::bf16>& table;

  __device__ RankEntries(const RankWindow& window, const EntryTable<ElementType::bf16>& table)
      : window(window), table(table) {}

  __device__ void look_up(uint4 octet, unsigned& even, unsigned& odd) const {
    if (window.holds_all) {
      window.look_up(octet, even, odd);
      return;
    }
    const unsigned words[4] = {octet.x, octet.y, octet.z, octet.w};
    even = odd = 0;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      even |= unsigned{table.entries[words[i] >> 7 & 0xff]} << 8 * i;
      odd |= unsigned{table.entries[words[i] >> 23 & 0xff]} << 8 * i;
    }
  }
};

/// The lookup for FP8, which has so few exponents that registers hold the entries of all, 16 in
/// four of them.
template <ElementType kType>
struct RankEntries {
  static constexpr ElementFormat kFormat = element_format(kType);
  static constexpr int kTables = kFormat.exponents() / 16;

  uint4 tables[kTables];

  __device__ RankEntries(const RankWindow&, const EntryTable<kType>& table) {
#pragma unroll
    for (int i = 0; i < kTables; ++i) tables[i] = reinterpret_cast<const uint4*>(table.entries)[i];
  }

  __device__ void look_up(uint2 octet, unsigned& even, unsigned& odd) const {
    // The lowest four bits of exponents: elements 0, 4, 1 and 5 below, 2, 6, 3 and 7 above.
    const unsigned places = (octet.x >> kFormat.mantissa_bits & 0x0f0f0f0f) |
                            (octet.y << (4 - kFormat.mantissa_bits) & 0xf0f0f0f0);
    even = of_even(0, places);
    odd = of_odd(0, places);
    if constexpr (kTables == 2) {
      const unsigned x = octet.x << 1, y = octet.y << 1;  // an exponent's highest bit as a sign
      even = select(permute(x, y, 0xeca8), of_even(1, places), even);
      odd = select(permute(x, y, 0xfdb9), of_odd(1, places), odd);
    }
  }

 private:
  __device__ unsigned of_even(int i, unsigned places) const {
    return permute(splitbench::look_up(tables[i], places),
                   splitbench::look_up(tables[i], places >> 16), 0x5140);
  }
  __device__ unsigned of_odd(int i, unsigned places) const {
    return permute(splitbench::look_up(tables[i], places),
                   splitbench::look_up(tables[i], places >> 16), 0x7362);
  }
};

/// The places of a lane's octets in a frame's planes, by their number k.
template <ElementType kType>
struct RankedPlanes;

template <>
struct RankedPlanes<ElementType::bf16> {
  uint2* bytes;

  __device__ RankedPlanes(std::byte* const (&planes)[2], std::uint32_t octet)
      : bytes(reinterpret_cast<uint2*>(planes[0]) + octet) {}

  __device__ void write(int k, uint4 octet) const { bytes[32 * k] = signs_and_mantissas(octet); }

 private:
  static __device__ uint2 signs_and_mantissas(uint4 octet) {
    return {
        select(0x80808080, permute(octet.x, octet.y, 0x7531), permute(octet.x, octet.y, 0x6420)),
        select(0x80808080, permute(octet.z, octet.w, 0x7531), permute(octet.z, octet.w, 0x6420))};
  }
};

template <>
struct RankedPlanes<ElementType::fp8_e5m2> {
  std::uint16_t* pairs;
  std::uint8_t* singles;

  __device__ RankedPlanes(std::byte* const (&planes)[2], std::uint32_t octet)
      : pairs(reinterpret_cast<std::uint16_t*>(planes[0]) + octet),
        singles(reinterpret_cast<std::uint8_t*>(planes[1]) + octet) {}

  __device__ void write(int k, uint2 octet) const {
    const unsigned mantissas = permute(gather_pairs(octet.x), gather_pairs(octet.y), 0x0073);
    const unsigned signs = (octet.x >> 7 & 0x01010101) | (octet.y >> 3 & 0x10101010);
    pairs[32 * k] = static_cast<std::uint16_t>(mantissas);
    singles[32 * k] = static_cast<std::uint8_t>(signs * 0x01020408 >> 24);
  }

 private:
  /// Returns the lowest two bits of each byte, in order, in the highest byte.
  static __device__ unsigned gather_pairs(unsigned bytes) {
    return (bytes & 0x03030303) * 0x01041040;
  }
};

template <>
struct RankedPlanes<ElementType::fp8_e4m3> {
  unsigned* nibbles;

  __device__ RankedPlanes(std::byte* const (&planes)[2], std::uint32_t octet)
      : nibbles(reinterpret_cast<unsigned*>(planes[0]) + octet) {}

  __device__ void write(int k, uint2 octet) const {
    nibbles[32 * k] = permute(gather_nibbles(octet.x), gather_nibbles(octet.y), 0x6420);
  }

 private:
  /// Returns signs and mantissas of bytes 0 and 1 in byte 0, and of 2 and 3 in byte 2.
  static __device__ unsigned gather_nibbles(unsigned bytes) {
    const unsigned nibbles = select(0x08080808, bytes >> 4, bytes);
    return select(0x0f0f0f0f, nibbles, nibbles >> 4);
  }
};

}  // namespace splitbench
