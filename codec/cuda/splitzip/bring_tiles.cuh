#pragma once
#include <cstdint>

#include "codec/cuda/jobs.cuh"
#include "codec/cuda/pipeline.cuh"
#include "codec/cuda/splitzip/frame_jobs.cuh"
#include "codec/cuda/splitzip/tile.cuh"

namespace splitbench {

/// A tile of a tensor's elements in shared memory.
template <ElementType kType>
struct RawTile {
  uint4 groups[TilePart<kType>::kTileGroups];
  std::uint32_t tile;  ///< number in the call; beyond its last if there will be no more
  std::uint32_t job;   ///< the tile's: those who compute need not search
};

/// Brings an encoder's tiles to the ring. Run by one whole warp. Tiles are taken in order by blocks
/// that run, since they wait for those before them: the first ones in the order in which blocks
/// start, the others by ticket. `describe(slot, job, tile in job)` adds what
/// else the slot is to hold.
template <ElementType kType, typename Job, typename Slot, int kSlots, typename Describe>
__device__ inline void bring_raw_tiles(const Jobs<Job>& jobs, std::uint32_t tile_count,
                                       std::uint32_t* ticket, Slot (&slots)[kSlots],
                                       Ring<kSlots>& ring, const Describe& describe) {
  const std::uint32_t lane = threadIdx.x % 32;
  // Few tiles are shared out evenly: no block brings more at a time than its share.
  const std::uint32_t ahead = min(kSlots, (tile_count - 1) / gridDim.x + 1);
  std::uint32_t index = 0;
  GroupMemory<const std::byte> input = jobs.get(0, &Job::input);
  std::uint64_t elements = jobs.get(0, &Job::elements);
  std::uint32_t first_tile = 0;
  typename Ring<kSlots>::Place place, behind;
  for (std::uint32_t use = 0;; ++use, ++place) {
    if (use >= ahead) {
      ring.await_taken(behind);
      ++behind;
    }
    std::uint32_t tile = 0;
    if (lane == 0) tile = use == 0 ? blockIdx.x : gridDim.x + atomicAdd(ticket, 1);
    tile = __shfl_sync(~0u, tile, 0);
    Slot& slot = slots[place.slot];
    Barrier& full = ring.full[place.slot];
    if (lane == 0) slot.tile = tile;
    if (tile < tile_count) {
      if (const std::uint32_t found = job_of(jobs, index, tile); found != index) {
        index = found;
        input = jobs.get(index, &Job::input);
        elements = jobs.get(index, &Job::elements);
        first_tile = jobs.get(index, &Job::first_tile);
      }
      const std::uint32_t in_job = tile - first_tile;
      const std::uint32_t first = in_job * TilePart<kType>::kTileGroups;
      const std::uint32_t bytes = tile_bytes<kType>(elements, in_job);
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
      describe(slot, index, in_job);
    }
    full.arrive_with_copies();
    if (tile >= tile_count) return;
  }
}

}  // namespace splitbench
