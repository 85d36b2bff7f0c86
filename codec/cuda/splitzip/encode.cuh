#pragma once
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "codec/cuda/jobs.cuh"
#include "codec/cuda/pipeline.cuh"
#include "codec/cuda/splitzip/bring_tiles.cuh"
#include "codec/cuda/splitzip/frame_jobs.cuh"
#include "codec/cuda/splitzip/split.cuh"
#include "codec/cuda/splitzip/take_escapes.cuh"
#include "codec/cuda/splitzip/tile.cuh"
#include "codec/cuda/splitzip/tile_counts.cuh"

namespace splitbench {

// Encoding in one pass. In a block, one warp takes tile after tile and brings them into shared
// memory; most warps write their parts of a tile's planes and mark its escapes; two warps, in turn,
// collect those, find out from the tiles before where they belong (decoupled look-back, Merrill and
// Garland 2016) and write them there, so that frames are the same in every run. Each runs as far
// ahead of the others as there is room. Tensors that turn out not to shrink are stored by
// finish_frames.

/// Writes a tile's planes, and adds to the digest; returns which of this thread's elements escape,
/// round by round.
template <ElementType kType, bool kWhole>
__device__ inline std::uint32_t split_tile(const PlanePointers<kType>& planes,
                                           const TilePart<kType>& part, const uint4* groups,
                                           const Splitter<kType>& splitter, std::uint64_t& share) {
  constexpr int kElements = kGroupElements<kType>;
  static_assert(kElements * kRounds<kType> <= 32);
  TileDigest<kType> digest(part.group);
  std::uint32_t escaped = 0;
#pragma unroll
  for (int round = 0; round < kRounds<kType>; ++round) {
    const std::uint32_t bytes = kWhole ? kGroupBytes : part.group_bytes(round);
    if (bytes == 0) continue;
    const uint4 raw = groups[part.in_tile + 32 * round];
    digest.add(raw, round);
    const unsigned all = splitter.split(raw, planes, round);
    const unsigned exist = (1u << bytes / element_bytes(kType)) - 1;
    escaped |= (all & exist) << kElements * round;
  }
  share += digest.share();
  return escaped;
}

/// Writes a tile as it is, and adds to the digest.
template <ElementType kType>
__device__ inline void store_tile(std::byte* output, const TilePart<kType>& part,
                                  const uint4* groups, std::uint64_t& share) {
  auto* const stored = reinterpret_cast<uint4*>(output + kHeaderBytes) + part.group;
  TileDigest<kType> digest(part.group);
#pragma unroll
  for (int round = 0; round < kRounds<kType>; ++round) {
    const std::uint32_t bytes = part.group_bytes(round);
    if (bytes == 0) continue;
    const uint4 raw = groups[part.in_tile + 32 * round];
    digest.add(raw, round);
    stored[32 * round] = raw;
  }
  share += digest.share();
}

/// Marks the warp's escapes of a tile for the warps that take them; the last warp to do so
/// announces the tile's count.
template <ElementType kType>
__device__ inline void mark_escapes(std::uint32_t escaped, std::uint32_t tile, std::uint32_t job,
                                    std::uint32_t tile_slot, Ring<kMarkSlots>::Place place,
                                    TileCounts counts, EncodeShared<kType>& shared) {
  using Bits = std::conditional_t<kType == ElementType::bf16, std::uint8_t, std::uint16_t>;
  MarkedEscapes& marked = shared.marked[place.slot];
  const std::uint32_t count = __reduce_add_sync(~0u, __popc(escaped));
  shared.marks.await_empty(place);
  auto* const bits = reinterpret_cast<Bits*>(marked.mask) + first_group_in_tile<kType>();
#pragma unroll
  for (int round = 0; round < kRounds<kType>; ++round)
    bits[32 * round] = static_cast<Bits>(escaped >> kGroupElements<kType> * round);
  if (threadIdx.x % 32 == 0) {
    constexpr std::uint32_t kWarp = 1u << 16;
    const std::uint32_t others = atomicAdd(&marked.warps_and_sum, kWarp + count);
    if (others / kWarp == kWarps - 1) {
      counts.announce(tile, others % kWarp + count);
      marked.warps_and_sum = 0;
      marked.tile = tile;
      marked.job = job;
      marked.tile_slot = tile_slot;
    }
  }
  shared.marks.full[place.slot].arrive();
}

/// Splits the tiles in the ring, or stores them. Run by the kThreads that compute.
template <ElementType kType>
__device__ inline void split_tiles(const Jobs<EncodeJob>& jobs, std::uint32_t tile_count,
                                   const EncodeScratch& scratch, EncodeShared<kType>& shared) {
  std::uint32_t index = 0;
  typename Ring<kTileSlots>::Place place;
  typename Ring<kMarkSlots>::Place mark;
  std::uint64_t share = 0;  // part of the job's digest
  std::uint32_t table = 0;
  Splitter<kType>::fill(jobs.at(0)->codebook, shared.tables[table]);
  synchronize_threads(kComputeBarrier, kThreads);

  for (;; ++place) {
    const RawTile<kType>& slot = shared.slots[place.slot];
    shared.tiles.await_full(place);
    const std::uint32_t tile = slot.tile;
    if (tile >= tile_count) break;
    if (const std::uint32_t found = slot.job; found != index) {
      scratch.digests[index].add(share);
      share = 0;
      index = found;
      table ^= 1;  // some warps may still need the other
      Splitter<kType>::fill(jobs.at(index)->codebook, shared.tables[table]);
      synchronize_threads(kComputeBarrier, kThreads);
    }
    const std::uint64_t elements = jobs.get(index, &EncodeJob::elements);
    const TilePart<kType> part(elements, tile - jobs.get(index, &EncodeJob::first_tile));
    const bool stored = jobs.get(index, &EncodeJob::attempt) == FrameKind::stored;
    if (stored) {
      store_tile<kType>(jobs.get(index, &EncodeJob::output), part, slot.groups, share);
    } else {
      const PlanePointers<kType> planes(jobs.at(index)->planes, part.group);
      const Splitter<kType> splitter{jobs.get(index, &EncodeJob::run), shared.tables[table]};
      const std::uint32_t escaped =
          part.whole() ? split_tile<kType, true>(planes, part, slot.groups, splitter, share)
                       : split_tile<kType, false>(planes, part, slot.groups, splitter, share);
      mark_escapes<kType>(escaped, tile, index, place.slot, mark, TileCounts{scratch.tile_counts},
                          shared);
      ++mark;
    }
    __syncwarp();
    if (threadIdx.x % 32 == 0) shared.tiles.empty[place.slot].arrive();
    if (stored && threadIdx.x == 0) shared.tiles.empty[place.slot].arrive();  // no taker will
  }
  scratch.digests[index].add(share);
  for (int taker = 0; taker < kTakers; ++taker, ++mark) {
    shared.marks.await_empty(mark);
    if (threadIdx.x == 0) shared.marked[mark.slot].tile = MarkedEscapes::kNoTile;
    shared.marks.full[mark.slot].arrive();
  }
}

template <ElementType kType>
static __global__ void __launch_bounds__(kEncodeThreads, kEncodeBlocks)
    encode_tiles(const __grid_constant__ Jobs<EncodeJob> jobs, std::uint32_t tile_count,
                 EncodeScratch scratch) {
  extern __shared__ __align__(128) std::byte dynamic[];
  auto& shared = *reinterpret_cast<EncodeShared<kType>*>(dynamic);
  if (threadIdx.x < kMarkSlots) shared.marked[threadIdx.x].warps_and_sum = 0;
  if (threadIdx.x == 0) {
    shared.tiles.init(Barrier::kCopyArrivals, kWarps + 1);
    shared.marks.init(kThreads, 32);
  }
  __syncthreads();
  await_launch_before();
  allow_launch_after();
  if (threadIdx.x < kThreads) {
    split_tiles<kType>(jobs, tile_count, scratch, shared);
  } else if (threadIdx.x < kThreads + 32) {
    bring_raw_tiles<kType>(jobs, tile_count, scratch.ticket, shared.slots, shared.tiles,
                           [](RawTile<kType>& slot, std::uint32_t job, std::uint32_t) {
                             if (threadIdx.x % 32 == 0) slot.job = job;
                           });
  } else {
    take_escapes<kType>(jobs, tile_count, scratch, (threadIdx.x - kThreads) / 32 - 1, shared);
  }
}

}  // namespace splitbench
