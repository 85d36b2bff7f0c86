#pragma once
#include <cstdint>
#include <type_traits>

#include "codec/cuda/open_frame.cuh"
#include "codec/cuda/splitzip/frame_jobs.cuh"
#include "codec/cuda/splitzip/tile.cuh"

namespace splitbench {

/// The escapes of a tile: the elements that they are, and their exponents.
struct TileEscapes {
  static constexpr std::uint32_t kListed = 2048;  ///< if a tile has more, the frame is the list

  std::uint32_t mask[kTileElements / 32];  ///< all clear while the slot is empty
  std::uint16_t first[kTileElements / 8];  ///< each group's first index in the list, if it has any
  std::uint8_t exponents[kListed];
  std::uint32_t count;
  const std::byte* records;  ///< the tile's records in the frame

  /// Returns the bits of a group, and clears them.
  template <ElementType kType>
  __device__ unsigned take(std::uint32_t group) {
    using Bits = std::conditional_t<kType == ElementType::bf16, std::uint8_t, std::uint16_t>;
    Bits& bits = reinterpret_cast<Bits*>(mask)[group];
    const unsigned escaped = bits;
    if (escaped != 0) bits = 0;
    return escaped;
  }

  /// Returns the exponent of an escape; the read stays inside the list, whatever the index.
  __device__ unsigned exponent(std::uint32_t index) const {
    const std::uint32_t listed = min(index, count - 1);
    if (count <= kListed) return exponents[listed];
    return static_cast<unsigned>(records[kEscapeBytes * listed + 2]);
  }
};

/// A tile's escapes as indices of the section.
struct EscapeRange {
  std::uint32_t begin, end;
};

__device__ inline EscapeRange find_escapes(const DecodeJob& job, std::uint32_t tile) {
  if (tile >= tiles(job.elements)) return {};
  return {.begin = tile == 0 ? 0 : job.tile_ends[tile - 1], .end = job.tile_ends[tile]};
}

/// Enters the tile's escapes; wrong ones are reported and left out. Called by all threads that
/// bring.
template <ElementType kType>
__device__ inline void bring_escapes(const DecodeJob& job, std::uint32_t tile, EscapeRange range,
                                     const OpenFrame& frame, DecodeState& state,
                                     TileEscapes& escapes) {
  const std::uint32_t elements = available(job.elements, tile * kTileElements, kTileElements);
  const bool last = tile + 1 == tiles(job.elements);
  const std::uint64_t all = frame.header.escapes;
  if (range.begin > range.end || range.end - range.begin > elements ||
      (last ? range.end != all : range.end > all)) {
    state.raise(FrameFault::tile_ends);
    return;
  }
  const std::byte* const section = job.escapes;
  if (bring_thread() == 0) {
    escapes.count = range.end - range.begin;
    escapes.records = section + kEscapeBytes * std::uint64_t{range.begin};
  }
#pragma unroll 4
  for (std::uint64_t i = range.begin + bring_thread(); i < range.end; i += kBringThreads) {
    const std::byte* const record = section + kEscapeBytes * i;
    const auto byte = [record](int offset) { return static_cast<std::uint32_t>(record[offset]); };
    const std::uint32_t position = byte(0) | byte(1) << 8;
    const std::uint32_t exponent = byte(2);
    const std::uint32_t lowest = i == range.begin ? 0 : (byte(-3) | byte(-2) << 8) + 1;
    if ((frame.taken[exponent / 32] >> exponent % 32 & 1) != 0) {
      state.raise(FrameFault::escape_exponent);
    } else if (position < lowest || position >= elements) {
      state.raise(FrameFault::escape_position);
    } else {
      const auto index = static_cast<std::uint32_t>(i - range.begin);
      const std::uint32_t group = position / kGroupElements<kType>;
      atomicOr(&escapes.mask[position / 32], 1u << position % 32);
      if (index < TileEscapes::kListed) escapes.exponents[index] = exponent;
      if (lowest <= group * kGroupElements<kType>) escapes.first[group] = index;
    }
  }
}

}  // namespace splitbench
