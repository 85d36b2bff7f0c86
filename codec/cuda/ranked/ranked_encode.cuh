#pragma once
#include <cstddef>
#include <cstdint>

#include "codec/cuda/jobs.cuh"
#include "codec/cuda/pipeline.cuh"
#include "codec/cuda/ranked/ranked_block.cuh"
#include "codec/cuda/splitzip/bring_tiles.cuh"
#include "codec/cuda/splitzip/tile_counts.cuh"

namespace splitbench {

// Encoding ranked frames in one pass, as encode.cuh does it: a warp brings tiles; eight encode a
// block each and stage its stream; one finds out where the tile's streams belong and writes them
// there.

/// Blocks on a multiprocessor, as many as its shared memory allows.
template <ElementType kType>
inline constexpr int kRankedEncodeBlocks = kType == ElementType::bf16 ? 2 : 3;
inline constexpr int kRankedEncodeThreads = kRankedThreads + 32 + 32;
inline constexpr int kRankedTileSlots = 3;
inline constexpr int kStageSlots = 2;

/// The streams of a tile's blocks. The words and `sums` are zero while it is empty.
struct StreamStage {
  static constexpr std::uint32_t kNoTile = ~0u;

  std::uint32_t words[kRankedWarps][kStagedWords];
  std::uint32_t counts[kRankedWarps];  ///< words of each stream; if over kStagedWords, not staged
  std::uint32_t sums;  ///< words, warps that are done and blocks not staged, in bits of one word
  std::uint32_t tile;  ///< kNoTile if there will be no more
  std::uint32_t job;
};

/// A tile, and the parts of its job that the warps need.
template <ElementType kType>
struct RankedTile : RawTile<kType> {
  EntryTable<kType> entries;  ///< filled unless the window holds all
  RankWindow window;
  std::byte* planes[2];
  std::byte* first_level;
  std::uint64_t elements;
  std::uint32_t in_job;
  std::uint32_t job;

  /// Fills in the job's parts. Called by one whole warp.
  __device__ void describe(const RankedEncodeJob& from, std::uint32_t index,
                           std::uint32_t tile_in_job) {
    if (kType != ElementType::bf16 || !from.window.holds_all) entries.fill(from.codebook);
    if (threadIdx.x % 32 != 0) return;
    window = from.window;
    planes[0] = from.planes[0];
    planes[1] = from.planes[1];
    first_level = from.first_level;
    elements = from.elements;
    in_job = tile_in_job;
    job = index;
  }
};

template <ElementType kType>
struct RankedEncodeShared {
  RankedTile<kType> tiles[kRankedTileSlots];
  Ring<kRankedTileSlots> ring;
  StreamStage stages[kStageSlots];
  Ring<kStageSlots> staged;
};

/// Encodes tiles, one block in each warp, and stages their streams. Run by the warps that encode.
template <ElementType kType>
__device__ inline void encode_blocks(std::uint32_t tile_count, const EncodeScratch& scratch,
                                     RankedEncodeShared<kType>& shared) {
  const std::uint32_t lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  Ring<kRankedTileSlots>::Place place;
  Ring<kStageSlots>::Place stage_place;
  std::uint32_t job = 0;
  std::uint64_t share = 0;  // part of the job's digest
  for (;; ++place, ++stage_place) {
    shared.ring.await_full(place);
    const RankedTile<kType>& slot = shared.tiles[place.slot];
    const std::uint32_t tile = slot.tile;
    if (tile >= tile_count) break;
    if (slot.job != job) {
      scratch.digests[job].add(share);
      share = 0;
      job = slot.job;
    }
    const RankedBlock<kType> block(slot.elements, slot.in_job * kBlocksPerTile + warp);
    const auto* const octets =
        reinterpret_cast<const Octet<kType>*>(slot.groups) + kBlockOctets * warp + lane;
    const auto octet_of = [&](int k) { return octets[32 * k]; };
    const RankEntries<kType> entries(slot.window, slot.entries);
    LaneCodes<kType> codes;
    if (block.whole()) {
      share +=
          encode_lane<kType, true>(octet_of, block, entries, slot.planes, slot.first_level, codes);
    } else if (block.elements > 0) {
      share +=
          encode_lane<kType, false>(octet_of, block, entries, slot.planes, slot.first_level, codes);
    } else {
      codes = {};
    }
    const LanePlaces places(codes);
    StreamStage& stage = shared.stages[stage_place.slot];
    shared.staged.await_empty(stage_place);
    if (lane == 0) {
      stage.counts[warp] = places.words;
      constexpr std::uint32_t kWarp = 1u << 16, kUnstagedHere = 1u << 24;
      const std::uint32_t own =
          places.words + kWarp + (places.words > kStagedWords ? kUnstagedHere : 0);
      const std::uint32_t sums = atomicAdd(&stage.sums, own) + own;
      if (sums / kWarp % 256 == kRankedWarps) {
        TileCounts{scratch.tile_counts}.announce(tile,
                                                 sums % kWarp + kUnstaged * (sums / kUnstagedHere));
        stage.sums = 0;
        stage.tile = tile;
        stage.job = job;
      }
    }
    if (places.words > 0 && places.words <= kStagedWords) {
      const auto exponent = [&](int chunk, int word, int column) {
        return exponent_in<kType>(octets + 32 * (2 * chunk + word % 2), word, column);
      };
      place_codes(codes, places, exponent, stage.words[warp], 0);
    }
    __syncwarp();
    if (lane == 0) {
      shared.staged.full[stage_place.slot].arrive();
      shared.ring.empty[place.slot].arrive();
    }
  }
  scratch.digests[job].add(share);
  shared.staged.await_empty(stage_place);
  if (threadIdx.x == 0) shared.stages[stage_place.slot].tile = StreamStage::kNoTile;
  __syncwarp();
  if (lane == 0) shared.staged.full[stage_place.slot].arrive();
}

/// Writes the staged streams to their frames. Run by the warp that takes streams.
template <ElementType kType>
__device__ inline void take_streams(const Jobs<RankedEncodeJob>& jobs, std::uint32_t tile_count,
                                    const EncodeScratch& scratch,
                                    RankedEncodeShared<kType>& shared) {
  const TileCounts counts{scratch.tile_counts};
  const std::uint32_t lane = threadIdx.x % 32;
  for (Ring<kStageSlots>::Place place;; ++place) {
    StreamStage& stage = shared.stages[place.slot];
    shared.staged.await_full(place);
    const std::uint32_t tile = stage.tile;
    if (tile == StreamStage::kNoTile) return;
    const RankedEncodeJob& job = *jobs.at(stage.job);
    const std::uint32_t in_job = tile - job.first_tile;
    const std::uint64_t elements = job.elements;
    std::uint32_t ends[kRankedWarps], sum = 0;
    std::uint64_t unstaged = 0;
#pragma unroll
    for (int block = 0; block < kRankedWarps; ++block) {
      ends[block] = sum += stage.counts[block];
      if (stage.counts[block] > kStagedWords) unstaged += kUnstaged;
    }
    const std::uint64_t all_before =
        counts.look_back(tile, job.first_tile, sum + unstaged, tile_count);
    const std::uint64_t before = all_before % kUnstaged;
    if (lane == 0) {
      job.tile_ends[in_job] = static_cast<std::uint32_t>(before + sum);
      if (in_job + 1 == tiles(elements)) scratch.tails[stage.job] = all_before + sum + unstaged;
      std::uint16_t* const block_ends = job.block_ends + in_job * kBlocksPerTile;
      const std::uint64_t left = ranked_blocks(elements) - in_job * kBlocksPerTile;
      if (left >= kBlocksPerTile) {
        *reinterpret_cast<uint4*>(block_ends) = {ends[0] | ends[1] << 16, ends[2] | ends[3] << 16,
                                                 ends[4] | ends[5] << 16, ends[6] | ends[7] << 16};
      } else {
#pragma unroll
        for (int block = 0; block < kRankedWarps; ++block)
          if (block < left) block_ends[block] = static_cast<std::uint16_t>(ends[block]);
      }
    }
    const bool fits = before + sum <= job.capacity;  // else the frame will be stored
    std::uint32_t* const stream = job.stream + before;
#pragma unroll
    for (int block = 0; block < kRankedWarps; ++block) {
      const std::uint32_t begin = block == 0 ? 0 : ends[block - 1], words = ends[block] - begin;
      if (words > kStagedWords) continue;
      std::uint32_t* const staged = stage.words[block];
      for (std::uint32_t at = lane; at < words; at += 32) {
        if (fits) stream[begin + at] = staged[at];
        staged[at] = 0;
      }
    }
    __syncwarp();
    if (lane == 0) shared.staged.empty[place.slot].arrive();
  }
}

template <ElementType kType>
static __global__ void __launch_bounds__(kRankedEncodeThreads, kRankedEncodeBlocks<kType>)
    encode_ranked_tiles(const __grid_constant__ Jobs<RankedEncodeJob> jobs,
                        std::uint32_t tile_count, EncodeScratch scratch) {
  extern __shared__ __align__(128) std::byte dynamic[];
  auto& shared = *reinterpret_cast<RankedEncodeShared<kType>*>(dynamic);
  auto* const stages = reinterpret_cast<std::uint32_t*>(shared.stages);
  for (std::uint32_t i = threadIdx.x; i < sizeof shared.stages / 4; i += kRankedEncodeThreads)
    stages[i] = 0;
  if (threadIdx.x == 0) {
    shared.ring.init(Barrier::kCopyArrivals, kRankedWarps);
    shared.staged.init(kRankedWarps, 1);
  }
  __syncthreads();
  await_launch_before();
  allow_launch_after();
  if (threadIdx.x < kRankedThreads) {
    encode_blocks<kType>(tile_count, scratch, shared);
  } else if (threadIdx.x < kRankedThreads + 32) {
    bring_raw_tiles<kType>(jobs, tile_count, scratch.ticket, shared.tiles, shared.ring,
                           [&](RankedTile<kType>& slot, std::uint32_t index, std::uint32_t in_job) {
                             slot.describe(*jobs.at(index), index, in_job);
                           });
  } else {
    take_streams<kType>(jobs, tile_count, scratch, shared);
  }
}

}  // namespace splitbench
