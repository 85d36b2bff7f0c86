#pragma once
#include <cstdint>

#include "codec/cuda/splitzip/tile.cuh"

namespace splitbench {

// Splitting: a group of 16 bytes is taken apart into its planes.

/// The places of a thread's groups of a tile in a frame's planes.
template <ElementType kType>
struct PlanePointers;

template <>
struct PlanePointers<ElementType::bf16> {
  unsigned* codes;
  uint2* bytes;

  __device__ PlanePointers(std::byte* const (&planes)[3], std::uint32_t group)
      : codes(reinterpret_cast<unsigned*>(planes[0]) + group),
        bytes(reinterpret_cast<uint2*>(planes[1]) + group) {}
};

template <ElementType kType>
struct PlanePointers {
  uint2* nibbles;
  unsigned* pairs;
  std::uint16_t* singles;

  __device__ PlanePointers(std::byte* const (&planes)[3], std::uint32_t group)
      : nibbles(reinterpret_cast<uint2*>(planes[0]) + group),
        pairs(reinterpret_cast<unsigned*>(planes[1]) + group),
        singles(reinterpret_cast<std::uint16_t*>(planes[2]) + group) {}
};

/// The longest run of consecutive exponents in a codebook, in which the code is the exponent less a
/// constant. It is kept as split needs it for two elements at a time, each with its exponent in
/// bits 4 to 11 of a half word. For an exponent in the run, neither its distance from the first nor
/// that distance plus `short_of` leaves bits 4 to 7.
struct CodebookRun {
  unsigned first;       ///< the run's first exponent, for both elements
  unsigned short_of;    ///< 16 less the length, for both elements
  unsigned first_code;  ///< the run's first code for both elements, where split packs them
  unsigned length;
  unsigned begin;  ///< code of the run's first exponent

  CodebookRun() = default;
  explicit CodebookRun(const Codebook& codebook) : length(0), begin(0) {
    const auto& exponents = codebook.exponents;
    for (unsigned from = 0, code = 1; code <= codebook.size(); ++code) {
      if (code < codebook.size() && exponents[code] == exponents[code - 1] + 1) continue;
      if (code - from > length) {
        begin = from;
        length = code - from;
      }
      from = code;
    }
    first = both_halves(16 * exponents[begin]);
    short_of = both_halves(16 * (16 - length));
    first_code = (begin | begin << 4) << 16;
  }

  static unsigned both_halves(unsigned half) { return half | half << 16; }
};

/// Splits groups with a table of a codebook, which a block's kThreads fill together before they use
/// it.
template <ElementType kType>
struct Splitter;

/// The splitter of bf16. Nearly all exponents lie in the codebook's longest run; the others are
/// looked up.
template <>
struct Splitter<ElementType::bf16> {
  static constexpr unsigned kNoCode = 0x10;
  using Table = std::uint8_t[256];  ///< codes by exponent

  CodebookRun run;
  const Table& code_of;

  static __device__ void fill(const Codebook& codebook, Table& code_of) {
    if (threadIdx.x >= 256) return;
    unsigned code = kNoCode;
#pragma unroll
    for (unsigned i = 0; i < 16; ++i) {
      if (codebook.exponents[i] == threadIdx.x) code = i;
    }
    code_of[threadIdx.x] = code;
  }

  /// Writes a round's group; returns which of its elements escape, a bit each.
  __device__ unsigned split(uint4 group, const PlanePointers<ElementType::bf16>& planes,
                            int round) const {
    const unsigned words[4] = {group.x, group.y, group.z, group.w};
    unsigned codes[4], bytes[4], outside[4];
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      // A borrow between the halves does no harm: then the lower is outside.
      const unsigned distance = (words[i] >> 3 & 0x0ff00ff0) - run.first;
      outside[i] = (distance | (distance + run.short_of)) & 0xff00ff00;
      codes[i] = distance * 0x1001 + run.first_code;  // both in byte 2, if inside
      bytes[i] = (words[i] >> 8 & 0x00800080) | (words[i] & 0x007f007f);
    }
    unsigned packed = __byte_perm(__byte_perm(codes[0], codes[1], 0x0062),
                                  __byte_perm(codes[2], codes[3], 0x0062), 0x5410);
    unsigned escaped = 0;
    if ((outside[0] | outside[1] | outside[2] | outside[3]) != 0) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        if (outside[i] == 0) continue;
        look_up(words[i] >> 7 & 0xff, 2 * i, packed, escaped);
        look_up(words[i] >> 23 & 0xff, 2 * i + 1, packed, escaped);
      }
    }
    planes.codes[32 * round] = packed;
    planes.bytes[32 * round] = {__byte_perm(bytes[0], bytes[1], 0x6420),
                                __byte_perm(bytes[2], bytes[3], 0x6420)};
    return escaped;
  }

  __device__ void look_up(unsigned exponent, int element, unsigned& packed,
                          unsigned& escaped) const {
    const unsigned code = code_of[exponent];
    packed = (packed & ~(0xfu << 4 * element)) | (code & 0xf) << 4 * element;
    escaped |= code >> 4 << element;
  }
};

/// The splitter of FP8. An element's seven coded bits come from a table, with the eighth bit set if
/// it escapes.
template <ElementType kType>
struct Splitter {
  using Table = std::uint8_t[256];  ///< coded bits by element

  CodebookRun run;
  const Table& coded;

  static __device__ void fill(const Codebook& codebook, Table& coded) {
    constexpr ElementFormat kFormat = element_format(kType);
    const unsigned element = threadIdx.x;
    if (element >= 256) return;
    unsigned code = 0x80;
#pragma unroll
    for (unsigned i = 0; i < kFormat.codes(); ++i) {
      if (codebook.exponents[i] == kFormat.exponent(element)) code = i;
    }
    coded[element] = code | kFormat.sign_mantissa(element) << kFormat.code_bits;
  }

  /// Returns bit 0 of each byte, in order.
  static __device__ unsigned gather(unsigned bytes) {
    return (bytes & 0x01010101) * 0x01020408 >> 24;
  }

  __device__ unsigned split(uint4 group, const PlanePointers<kType>& planes, int round) const {
    const unsigned words[4] = {group.x, group.y, group.z, group.w};
    unsigned escaped = 0, singles = 0, pairs = 0;
    unsigned nibbles[4];
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      unsigned word = 0;
#pragma unroll
      for (int byte = 0; byte < 4; ++byte)
        word |= unsigned{coded[words[i] >> 8 * byte & 0xff]} << 8 * byte;
      nibbles[i] = (word & 0x000f000f) | (word >> 4 & 0x00f000f0);
      const unsigned twos = word >> 4 & 0x03030303;
      const unsigned fours = twos | twos >> 6;
      pairs |= ((fours & 0xf) | (fours >> 12 & 0xf0)) << 8 * i;
      singles |= gather(word >> 6) << 4 * i;
      escaped |= gather(word >> 7) << 4 * i;
    }
    planes.nibbles[32 * round] = {__byte_perm(nibbles[0], nibbles[1], 0x6420),
                                  __byte_perm(nibbles[2], nibbles[3], 0x6420)};
    planes.pairs[32 * round] = pairs;
    planes.singles[32 * round] = static_cast<std::uint16_t>(singles);
    return escaped;
  }
};

}  // namespace splitbench
