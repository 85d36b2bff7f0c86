#pragma once
#include <cstdint>
#include <cub/block/block_reduce.cuh>

#include "codec/digest.hpp"
#include "codec/frame.hpp"

namespace splitbench {

// How a block walks a tile: a lane holds 8 elements (16 bytes) at a time, a warp 256 consecutive
// ones, and each warp owns a consecutive eighth of the tile, so that an order of warps, rounds and
// lanes is the order of elements.

inline constexpr int kThreads = 256;
inline constexpr int kWarps = kThreads / 32;
inline constexpr int kGroupElements = 8;
inline constexpr int kRounds = kTileElements / (kThreads * kGroupElements);

/// This thread's group of this round, counted in its tile.
__device__ inline std::uint32_t group_of(int round) {
  return threadIdx.x / 32 * (kRounds * 32) + round * 32 + threadIdx.x % 32;
}

/// Elements that a tensor of `elements` has from `first` on, at most `most`.
__device__ inline std::uint32_t available(std::uint64_t elements, std::uint64_t first,
                                          std::uint32_t most) {
  if (first >= elements) return 0;
  return elements - first < most ? static_cast<std::uint32_t>(elements - first) : most;
}

/// A group of which only the first `count` elements exist; zeros stand for the rest.
__device__ inline uint4 load_group(const std::uint16_t* elements, std::uint32_t count) {
  if (count == kGroupElements) return *reinterpret_cast<const uint4*>(elements);
  std::uint64_t words[2] = {0, 0};
#pragma unroll
  for (int i = 0; i < kGroupElements; ++i) {
    if (i < count) words[i / 4] |= std::uint64_t{elements[i]} << 16 * (i % 4);
  }
  return {static_cast<unsigned>(words[0]), static_cast<unsigned>(words[0] >> 32),
          static_cast<unsigned>(words[1]), static_cast<unsigned>(words[1] >> 32)};
}

__device__ inline void store_group(std::uint16_t* elements, std::uint32_t count, uint4 group) {
  if (count == kGroupElements) {
    *reinterpret_cast<uint4*>(elements) = group;
    return;
  }
  const unsigned words[4] = {group.x, group.y, group.z, group.w};
#pragma unroll
  for (int i = 0; i < kGroupElements; ++i) {
    if (i < count) elements[i] = static_cast<std::uint16_t>(words[i / 2] >> 16 * (i % 2));
  }
}

/// A group's share of its tensor's digest; `first` is its first element's index.
__device__ inline std::uint64_t digest_of(uint4 group, std::uint32_t count, std::uint64_t first) {
  const std::uint64_t low = std::uint64_t{group.y} << 32 | group.x;
  const std::uint64_t high = std::uint64_t{group.w} << 32 | group.z;
  const std::uint64_t sum = count > 0 ? mix(low, first / 4) : 0;
  return count > 4 ? sum + mix(high, first / 4 + 1) : sum;
}

/// Adds up the block's shares into *sum. The sum has no order, so neither need the blocks.
__device__ inline void add_digest(std::uint64_t share, std::uint64_t* sum) {
  using Reduce = cub::BlockReduce<std::uint64_t, kThreads>;
  __shared__ typename Reduce::TempStorage storage;
  const std::uint64_t total = Reduce(storage).Sum(share);
  if (threadIdx.x == 0) atomicAdd(reinterpret_cast<unsigned long long*>(sum), total);
}

/// The job that a tile of the call belongs to: the last that begins at or before it (an empty job
/// has no tile).
template <typename Job>
__device__ std::uint32_t job_of(const Job* jobs, std::uint32_t count, std::uint32_t tile) {
  std::uint32_t low = 0;
  while (count > 1) {
    const std::uint32_t half = count / 2;
    if (jobs[low + half].first_tile <= tile) low += half;
    count -= half;
  }
  return low;
}

}  // namespace splitbench
