#pragma once
#include <cstdint>
#include <cstring>

#include "codec/cuda/codec_task.hpp"
#include "codec/digest.hpp"
#include "codec/frame.hpp"

namespace splitbench {

// The way in which a block walks a tile: a thread holds a group of 16 bytes at a time, a warp 32
// consecutive ones in each round, and each warp owns consecutive groups of the tile. kThreads of a
// block compute; others bring and take away (Ring).

inline constexpr int kThreads = 512;
inline constexpr int kWarps = kThreads / 32;
inline constexpr int kGroupBytes = 16;

template <ElementType kType>
inline constexpr int kGroupElements = kGroupBytes / static_cast<int>(element_bytes(kType));

template <ElementType kType>
inline constexpr int kRounds = kTileElements / (kThreads * kGroupElements<kType>);

/// Returns this thread's first group, counted in its tile; its group of each later round is 32
/// further on.
template <ElementType kType>
__device__ inline std::uint32_t first_group_in_tile() {
  return threadIdx.x / 32 * (kRounds<kType> * 32) + threadIdx.x % 32;
}

/// Returns how many elements a tensor of `elements` has from `first` on, at most `most`.
__device__ inline std::uint32_t available(std::uint64_t elements, std::uint64_t first,
                                          std::uint32_t most) {
  if (first >= elements) return 0;
  return elements - first < most ? static_cast<std::uint32_t>(elements - first) : most;
}

/// Returns how many of a tensor's bytes lie in a tile of it.
template <ElementType kType>
__device__ inline std::uint32_t tile_bytes(std::uint64_t elements, std::uint32_t tile) {
  return available(elements, tile * kTileElements, kTileElements) *
         static_cast<std::uint32_t>(element_bytes(kType));
}

/// A thread's part of a tile: one group in each round.
template <ElementType kType>
struct TilePart {
  static constexpr std::uint32_t kTileGroups = kThreads * kRounds<kType>;

  std::uint32_t in_tile;  ///< the first group, counted in the tile
  std::uint32_t group;    ///< the first group, counted in the tensor
  std::uint32_t bytes;    ///< bytes of the tensor that lie in the tile

  __device__ TilePart(std::uint64_t elements, std::uint32_t tile)
      : in_tile(first_group_in_tile<kType>()),
        group(tile * kTileGroups + in_tile),
        bytes(tile_bytes<kType>(elements, tile)) {}

  __device__ bool whole() const { return bytes == kTileGroups * kGroupBytes; }

  /// Returns how many bytes the group of a round has.
  __device__ std::uint32_t group_bytes(int round) const {
    return available(bytes, (in_tile + 32 * round) * kGroupBytes, kGroupBytes);
  }
};

/// A tensor's memory, addressed by group; at most 2^31 groups.
template <typename Byte>
struct GroupMemory {
  Byte* data;
  Byte* const* pages;
  std::uint32_t groups_per_page;

  /// Returns how many groups from this one on lie in one piece, at most `most`.
  __device__ std::uint32_t piece(std::uint32_t group, std::uint32_t most) const {
    if (pages == nullptr) return most;
    return min(most, groups_per_page - group % groups_per_page);
  }

  __device__ Byte* at(std::uint32_t group) const {
    if (pages == nullptr) return data + std::uint64_t{group} * kGroupBytes;
    const std::uint32_t page = group / groups_per_page;
    return pages[page] + (group - page * groups_per_page) * kGroupBytes;
  }
};

/// Returns the first `bytes` of a group or half group, with zeros for the rest.
template <typename Group = uint4>
__device__ inline Group load_group(const std::byte* from, std::uint32_t bytes) {
  if (bytes == sizeof(Group)) return *reinterpret_cast<const Group*>(from);
  unsigned words[sizeof(Group) / 4] = {};
#pragma unroll
  for (int i = 0; i < sizeof(Group); ++i) {
    if (i < bytes) words[i / 4] |= static_cast<unsigned>(from[i]) << 8 * (i % 4);
  }
  Group group;
  memcpy(&group, words, sizeof group);
  return group;
}

/// Lets the launch that depends on this one take its place on the device; it will wait there. A
/// kernel that has waited itself before lets it see what earlier launches have written.
__device__ inline void allow_launch_after() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

/// Waits until all that the launch before has written can be read.
__device__ inline void await_launch_before() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

/// Writes the first `bytes` of a group.
template <typename Group>
__device__ inline void store_group(std::byte* to, std::uint32_t bytes, Group group) {
  if (bytes == sizeof(Group)) {
    *reinterpret_cast<Group*>(to) = group;
    return;
  }
  unsigned words[sizeof(Group) / 4];
  memcpy(words, &group, sizeof group);
#pragma unroll
  for (int i = 0; i < sizeof(Group); ++i) {
    if (i < bytes) to[i] = static_cast<std::byte>(words[i / 4] >> 8 * (i % 4));
  }
}

/// Returns the group with zeros for all but its first `bytes`.
template <typename Group>
__device__ inline Group cut_group(Group group, std::uint32_t bytes) {
  const auto keep = [bytes](unsigned word, unsigned begin) {
    if (bytes >= begin + 4) return word;
    return bytes <= begin ? 0 : word & ((1u << 8 * (bytes - begin)) - 1);
  };
  unsigned words[sizeof(Group) / 4];
  memcpy(words, &group, sizeof group);
#pragma unroll
  for (int i = 0; i < sizeof(Group) / 4; ++i) words[i] = keep(words[i], 4 * i);
  memcpy(&group, words, sizeof group);
  return group;
}

/// The digest of a thread's groups, which lie in `kRows` consecutive rows of one column: four, or
/// two.
template <int kRows>
struct ColumnDigest {
  static_assert(kRows == 4 || kRows == 2, "a warp has a whole strip or half of one");

  std::uint32_t column;
  bool lower;  ///< the two rows are the last ones
  std::uint64_t sum = 0;

  __device__ explicit ColumnDigest(std::uint32_t first_group)
      : column(column_of(first_group)),
        lower(kRows == 2 && first_group / kStripColumns % kStripRows != 0) {}

  __device__ void add(uint4 group, int row) {
    constexpr WordKeys kKeys = word_keys();
    const unsigned words[4] = {group.x, group.y, group.z, group.w};
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const std::uint32_t key =
          kRows == 2 && lower ? kKeys.at[4 * (2 + row) + i] : kKeys.at[4 * row + i];
      sum += std::uint64_t{words[i]} * key;
    }
  }

  __device__ std::uint64_t share() const {
    return sum * column_key(column);
  }
};

template <ElementType kType>
using TileDigest = ColumnDigest<kRounds<kType>>;

/// Returns the share that a group (or half a group) of `bytes` has in the checksum of a tensor of
/// version 1; it is the tensor's `number`th.
template <typename Group = uint4>
__device__ inline std::uint64_t checksum_share(Group group, std::uint32_t bytes,
                                               std::uint64_t number) {
  constexpr int kWords = sizeof(Group) / 8;
  std::uint64_t words[kWords], sum = 0;
  memcpy(words, &group, sizeof group);
#pragma unroll
  for (int i = 0; i < kWords; ++i) {
    if (bytes > 8 * i) sum += mix(words[i], kWords * number + i);
  }
  return sum;
}

/// Returns the sum of the lanes before this one, and sets `total` to that of all. Called by one
/// whole warp.
__device__ inline std::uint32_t sum_before(std::uint32_t value, std::uint32_t& total) {
  const std::uint32_t lane = threadIdx.x % 32;
  std::uint32_t up_to = value;
#pragma unroll
  for (int distance = 1; distance < 32; distance *= 2) {
    const std::uint32_t left = __shfl_up_sync(~0u, up_to, distance);
    if (lane >= distance) up_to += left;
  }
  total = __shfl_sync(~0u, up_to, 31);
  return up_to - value;
}

/// A digest in the making, of one job. A sum has no order, so each warp of a block has one of its
/// own.
struct DigestSums {
  std::uint64_t of_warp[kWarps];

  /// Adds the lanes' shares. Called by one whole warp.
  __device__ void add(std::uint64_t share) { add_to(threadIdx.x / 32, share); }

  /// Adds them to the sum of a number: so many blocks do not wait for one word.
  __device__ void add_to(std::uint32_t number, std::uint64_t share) {
#pragma unroll
    for (int distance = 16; distance > 0; distance /= 2)
      share += __shfl_down_sync(~0u, share, distance);
    if (threadIdx.x % 32 == 0)
      atomicAdd(reinterpret_cast<unsigned long long*>(of_warp + number), share);
  }

  /// Returns the sum in all lanes, and sets it to zero again. Called by one whole warp.
  __device__ std::uint64_t take() {
    const unsigned lane = threadIdx.x % 32;
    std::uint64_t sum = 0;
    if (lane < kWarps) {
      sum = of_warp[lane];
      of_warp[lane] = 0;
    }
#pragma unroll
    for (int distance = 16; distance > 0; distance /= 2) sum += __shfl_xor_sync(~0u, sum, distance);
    return sum;
  }
};

}  // namespace splitbench
