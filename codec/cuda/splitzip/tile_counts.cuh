#pragma once
#include <cstdint>
#include <cuda/atomic>

namespace splitbench {

/// The counts that the tiles of a call have announced, a word each: a tile's own escapes, then
/// those of its job up to the tile's end.
struct TileCounts {
  static constexpr std::uint64_t kOwn = std::uint64_t{1} << 62;
  static constexpr std::uint64_t kUpToEnd = std::uint64_t{2} << 62;
  static constexpr std::uint64_t kCount = kOwn - 1;

  std::uint64_t* words;

  __device__ cuda::atomic_ref<std::uint64_t, cuda::thread_scope_device> at(
      std::int64_t tile) const {
    return cuda::atomic_ref<std::uint64_t, cuda::thread_scope_device>(words[tile]);
  }

  __device__ void announce(std::uint32_t tile, std::uint64_t own) const {
    at(tile).store(kOwn | own, cuda::memory_order_relaxed);
  }

  /// Returns the escapes of the tile's job before the tile, which has `own` itself, and announces
  /// those up to its end. Called by one whole warp; the tiles before have been taken by blocks that
  /// run, so the wait ends. A lane looks at kWords words in a step: where tiles are few they end at
  /// about one time, and none has a neighbour that is complete; where they are many, all blocks'
  /// looks together would cost more than that.
  template <int kWords>
  __device__ std::uint64_t look_back(std::uint32_t tile, std::uint32_t first_tile,
                                     std::uint64_t own) const {
    const int lane = threadIdx.x % 32;
    std::uint64_t before = 0;
    bool found = false;
    for (std::int64_t nearest = std::int64_t{tile} - 1; !found; nearest -= 32 * kWords) {
      std::uint64_t seen[kWords];
#pragma unroll
      for (int i = 0; i < kWords; ++i) seen[i] = word_at(nearest - 32 * i - lane, first_tile);
#pragma unroll
      for (int i = 0; i < kWords; ++i) {
        if (found) break;
        unsigned complete, silent;
        for (;;) {
          complete = __ballot_sync(~0u, seen[i] >= kUpToEnd);
          silent = __ballot_sync(~0u, seen[i] == 0);
          if (silent == 0 || (complete != 0 && __ffs(silent) > __ffs(complete))) break;
          seen[i] = word_at(nearest - 32 * i - lane, first_tile);
        }
        found = complete != 0;
        if (!found || lane < __ffs(complete)) before += seen[i] & kCount;
      }
    }
#pragma unroll
    for (int distance = 16; distance > 0; distance /= 2)
      before += __shfl_xor_sync(~0u, before, distance);
    if (lane == 0) at(tile).store(kUpToEnd | (before + own), cuda::memory_order_relaxed);
    return before;
  }

  /// Does the same, with as many looks as suit a call of so many tiles.
  __device__ std::uint64_t look_back(std::uint32_t tile, std::uint32_t first_tile,
                                     std::uint64_t own, std::uint32_t tile_count) const {
    constexpr std::uint32_t kFewTiles = 1024;
    return tile_count <= kFewTiles ? look_back<4>(tile, first_tile, own)
                                   : look_back<1>(tile, first_tile, own);
  }

  /// Returns the word of a tile. Nothing lies before a job's first tile.
  __device__ std::uint64_t word_at(std::int64_t tile, std::uint32_t first_tile) const {
    return tile >= first_tile ? at(tile).load(cuda::memory_order_relaxed) : kUpToEnd;
  }
};

}  // namespace splitbench
