#pragma once
#include <cstddef>
#include <cstdint>

#include "codec/cuda/jobs.cuh"
#include "codec/cuda/pipeline.cuh"
#include "codec/cuda/ranked_block.cuh"
#include "codec/cuda/tile_counts.cuh"

namespace splitbench {

// Encoding ranked frames in one pass, as encode.cuh does it: a warp brings tiles; eight encode a
// block each and stage its stream; one learns where the tile's streams belong and writes them
// there.

inline constexpr int kRankedEncodeBlocks = 2;  ///< to a multiprocessor
inline constexpr int kRankedEncodeThreads = kRankedThreads + 32 + 32;
inline constexpr std::uint32_t kRankedTileSlots = 3;
inline constexpr int kStageSlots = 2;

/// A tile's streams, a block's each. Words are zero and counts too while it is empty.
struct StreamStage {
  static constexpr std::uint32_t kNoTile = ~0u;

  std::uint32_t words[kRankedWarps][kStagedWords];
  std::uint32_t counts[kRankedWarps];  ///< of words; more than are staged: none are
  std::uint32_t sums;                  ///< of words, warps that are done, blocks not staged
  std::uint32_t tile;                  ///< kNoTile: there will be no more
  std::uint32_t job;
};

/// A tile, and what of its job the warps need.
struct RankedTile {
  uint4 groups[kTileElements / 8];
  std::uint8_t entries[256];  ///< by exponent, unless the window holds all
  RankWindow window;
  std::byte* plane;
  std::byte* first_level;
  std::uint64_t elements;
  std::uint32_t in_job;
  std::uint32_t job;
  std::uint32_t tile;
};

struct RankedEncodeShared {
  RankedTile tiles[kRankedTileSlots];
  Ring<kRankedTileSlots> ring;
  StreamStage stages[kStageSlots];
  Ring<kStageSlots> staged;
};

/// By a whole warp.
__device__ inline void fill_entries(const Codebook& codebook, std::uint8_t* entries) {
  const std::uint32_t lane = threadIdx.x % 32;
  constexpr unsigned kEscapes = kEscapeEntry * 0x01010101u;
  reinterpret_cast<uint2*>(entries)[lane] = {kEscapes, kEscapes};
  __syncwarp();
  if (lane < ranked_format(ElementType::bf16).ranks())
    entries[codebook.exponents[lane]] = rank_entry(lane);
  __syncwarp();
}

/// What the warp that brings tiles does.
__device__ inline void bring_ranked_tiles(const Jobs<RankedEncodeJob>& jobs,
                                          std::uint32_t tile_count, const EncodeScratch& scratch,
                                          RankedEncodeShared& shared) {
  const std::uint32_t lane = threadIdx.x % 32;
  const std::uint32_t ahead = min(kRankedTileSlots, (tile_count - 1) / gridDim.x + 1);
  std::uint32_t index = 0;
  Ring<kRankedTileSlots>::Place place, behind;
  for (std::uint32_t use = 0;; ++use, ++place) {
    if (use >= ahead) {
      shared.ring.await_taken(behind);
      ++behind;
    }
    std::uint32_t tile = 0;
    if (lane == 0) tile = atomicAdd(scratch.ticket, 1);
    tile = __shfl_sync(~0u, tile, 0);
    RankedTile& slot = shared.tiles[place.slot];
    Barrier& full = shared.ring.full[place.slot];
    if (lane == 0) slot.tile = tile;
    if (tile < tile_count) {
      index = job_of(jobs, index, tile);
      const GroupMemory<const std::byte> input = jobs.get(index, &RankedEncodeJob::input);
      const std::uint64_t elements = jobs.get(index, &RankedEncodeJob::elements);
      const std::uint32_t in_job = tile - jobs.get(index, &RankedEncodeJob::first_tile);
      const std::uint32_t first = in_job * (kTileElements / 8);
      const std::uint32_t bytes = tile_bytes<ElementType::bf16>(elements, in_job);
      const std::uint32_t whole = bytes / kGroupBytes;
      for (std::uint32_t group = 0; group < whole;) {
        const std::uint32_t piece = input.piece(first + group, whole - group);
        full.copy(slot.groups + group, input.at(first + group), piece * kGroupBytes);
        group += piece;
      }
      if (lane == 0 && bytes % kGroupBytes != 0) {
        slot.groups[whole] = load_group(input.at(first + whole), bytes % kGroupBytes);
        order_before_copies();
      }
      const RankedEncodeJob& job = *jobs.at(index);
      if (!job.window.holds_all) fill_entries(job.codebook, slot.entries);
      if (lane == 0) {
        slot.window = job.window;
        slot.plane = job.plane;
        slot.first_level = job.first_level;
        slot.elements = elements;
        slot.in_job = in_job;
        slot.job = index;
      }
    }
    full.arrive_with_copies();
    if (tile >= tile_count) return;
  }
}

/// What the warps that encode do.
__device__ inline void encode_blocks(std::uint32_t tile_count, const EncodeScratch& scratch,
                                     RankedEncodeShared& shared) {
  const std::uint32_t lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  Ring<kRankedTileSlots>::Place place;
  Ring<kStageSlots>::Place stage_place;
  std::uint32_t job = 0;
  std::uint64_t share = 0;  // of the job's digest
  for (;; ++place, ++stage_place) {
    shared.ring.await_full(place);
    const RankedTile& slot = shared.tiles[place.slot];
    const std::uint32_t tile = slot.tile;
    if (tile >= tile_count) break;
    if (slot.job != job) {
      scratch.digests[job].add(share);
      share = 0;
      job = slot.job;
    }
    const RankedBlock block(slot.elements, slot.in_job * kBlocksPerTile + warp);
    const uint4* const groups = slot.groups + kBlockGroups * warp;
    const auto group = [&](int k) { return groups[32 * k + lane]; };
    LaneCodes codes;
    if (block.whole()) {
      share += encode_lane<true>(group, block, slot.window, slot.entries, slot.plane,
                                 slot.first_level, codes);
    } else if (block.elements > 0) {
      share += encode_lane<false>(group, block, slot.window, slot.entries, slot.plane,
                                  slot.first_level, codes);
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
        const uint4* const at = groups + 32 * (2 * chunk + word % 2) + lane;
        return reinterpret_cast<const std::uint16_t*>(at)[2 * column + word / 2] >> 7 & 0xffu;
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

/// What the warp that takes streams does.
__device__ inline void take_streams(const Jobs<RankedEncodeJob>& jobs, const EncodeScratch& scratch,
                                    RankedEncodeShared& shared) {
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
    const std::uint64_t all_before = counts.look_back(tile, job.first_tile, sum + unstaged);
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

static __global__ void __launch_bounds__(kRankedEncodeThreads, kRankedEncodeBlocks)
    encode_ranked_tiles(const __grid_constant__ Jobs<RankedEncodeJob> jobs,
                        std::uint32_t tile_count, EncodeScratch scratch) {
  extern __shared__ __align__(128) std::byte dynamic[];
  auto& shared = *reinterpret_cast<RankedEncodeShared*>(dynamic);
  allow_launch_after();
  auto* const stages = reinterpret_cast<std::uint32_t*>(shared.stages);
  for (std::uint32_t i = threadIdx.x; i < sizeof shared.stages / 4; i += kRankedEncodeThreads)
    stages[i] = 0;
  if (threadIdx.x == 0) {
    shared.ring.init(Barrier::kCopyArrivals, kRankedWarps);
    shared.staged.init(kRankedWarps, 1);
  }
  __syncthreads();
  if (threadIdx.x < kRankedThreads) {
    encode_blocks(tile_count, scratch, shared);
  } else if (threadIdx.x < kRankedThreads + 32) {
    bring_ranked_tiles(jobs, tile_count, scratch, shared);
  } else {
    take_streams(jobs, scratch, shared);
  }
}

}  // namespace splitbench
