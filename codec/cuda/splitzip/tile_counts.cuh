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
  /// run, so the wait ends. A lane looks at one word in a step: more would find the end sooner, but
  /// all blocks' looks together cost more than that.
  __device__ std::uint64_t look_back(std::uint32_t tile, std::uint32_t first_tile,
                                     std::uint64_t own) const {
    const int lane = threadIdx.x % 32;
    std::uint64_t before = 0;
    bool found = false;
    for (std::int64_t nearest = std::int64_t{tile} - 1; !found; nearest -= 32) {
      std::uint64_t seen;
      unsigned complete, silent;
      do {
        seen = word_at(nearest - lane, first_tile);
        complete = __ballot_sync(~0u, seen >= kUpToEnd);
        silent = __ballot_sync(~0u, seen == 0);
      } while (silent != 0 && (complete == 0 || __ffs(silent) < __ffs(complete)));
      found = complete != 0;
      if (!found || lane < __ffs(complete)) before += seen & kCount;
    }
#pragma unroll
    for (int distance = 16; distance > 0; distance /= 2)
      before += __shfl_xor_sync(~0u, before, distance);
    if (lane == 0) at(tile).store(kUpToEnd | (before + own), cuda::memory_order_relaxed);
    return before;
  }

  /// Returns the word of a tile. Nothing lies before a job's first tile.
  __device__ std::uint64_t word_at(std::int64_t tile, std::uint32_t first_tile) const {
    return tile >= first_tile ? at(tile).load(cuda::memory_order_relaxed) : kUpToEnd;
  }
};

}  // namespace splitbench
