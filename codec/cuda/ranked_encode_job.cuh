#pragma once
#include <cstdint>

#include "codec/codec.hpp"
#include "codec/cuda/encode_job.cuh"
#include "codec/cuda/pipeline.cuh"
#include "codec/cuda/ranked_lane.cuh"
#include "codec/cuda/tile.cuh"
#include "codec/cuda/tile_counts.cuh"

namespace splitbench {

/// A tensor of bf16 of which a ranked frame is attempted: stored if its stream proves too long.
struct RankedEncodeJob {
  GroupMemory<const std::byte> input;
  std::uint64_t elements;
  std::byte* output;
  std::byte* plane;  ///< this and what follows in `output`, by ranked_layout
  std::byte* first_level;
  std::uint16_t* block_ends;
  std::uint32_t* tile_ends;
  std::uint32_t* stream;
  std::uint64_t capacity;  ///< words of the stream
  Codebook codebook;
  std::uint64_t codebook_id;
  RankWindow window;
  EncodedFrame* result;
  std::uint32_t first_tile;
};

/// Warps that compute, a block of elements each.
inline constexpr int kRankedWarps = kBlocksPerTile;
inline constexpr int kRankedThreads = 32 * kRankedWarps;
inline constexpr std::uint32_t kBlockGroups = kRankedBlock / 8;

/// Words of a block's stream that are staged in shared memory: several times what is usual. Longer
/// ones are left to finish_ranked_frames, which knows whether they are needed at all.
inline constexpr std::uint32_t kStagedWords = 192;

/// What tiles announce of their streams (TileCounts): words, and blocks that were not staged.
inline constexpr std::uint64_t kUnstaged = std::uint64_t{1} << 36;
static_assert(kMaxElements / kRankedBlock * kUnstaged <= TileCounts::kOwn);

/// A block of a tensor, as a warp walks it: lane l has its groups 32k + l.
struct RankedBlock {
  std::uint32_t group;     ///< of the tensor, the block's first
  std::uint32_t elements;  ///< that it has
  bool last;               ///< of the tensor's

  __device__ RankedBlock(std::uint64_t tensor_elements, std::uint32_t block)
      : group(block * kBlockGroups),
        elements(available(tensor_elements, std::uint64_t{block} * kRankedBlock, kRankedBlock)),
        last(block + std::uint64_t{1} == ranked_blocks(tensor_elements)) {}

  __device__ bool whole() const { return elements == kRankedBlock; }

  /// Bytes of this lane's k-th group.
  __device__ std::uint32_t group_bytes(int k) const {
    return available(2 * elements, (32 * k + threadIdx.x % 32) * kGroupBytes, kGroupBytes);
  }
};

/// The sum of the lanes before this one; `total` of all.
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

}  // namespace splitbench
