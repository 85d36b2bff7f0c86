#pragma once
#include <cstddef>
#include <cstdint>

#include "codec/cuda/pipeline.cuh"
#include "codec/cuda/ranked/ranked_join.cuh"
#include "codec/cuda/ranked/ranked_open.cuh"
#include "codec/cuda/splitzip/decode.cuh"

namespace splitbench {

// The parts of a tile in a block that decodes ranked frames, and the warp that brings them.

inline constexpr int kRankedDecodeSlots = 2;
inline constexpr std::uint32_t kBroughtWords = 768;  ///< a longer stream is read where it is

template <ElementType kType>
struct RankedSlot {
  RankedTilePlanes<kType> planes;
  uint4 first_level[kRankedWarps * kFirstLevelBytes / 16];
  std::uint32_t stream[kBroughtWords + 8];
  RankJoiner<kType> joiner;
  std::uint32_t taken[8];             ///< OpenFrame::taken
  std::uint32_t ends[kRankedWarps];   ///< ends of the blocks' streams, in words
  const std::uint32_t* frame_stream;  ///< the stream in the frame; null if it has been brought
  std::uint32_t words;                ///< length of the tile's stream
  std::uint32_t skew;                 ///< words brought before the stream
  std::uint32_t job;
  std::uint32_t in_job;
  std::uint32_t version;  ///< the frame's
  TileWork work;
};

template <ElementType kType>
struct RankedDecodeShared {
  RankedSlot<kType> slots[kRankedDecodeSlots];
  Ring<kRankedDecodeSlots> ring;
  OpenFrame frame;
};

/// Brings a tile's planes and first level to a slot that is empty. Called by one whole warp.
template <ElementType kType>
__device__ inline void bring_ranked_planes(const std::byte* frame, const RankedLayout& layout,
                                           std::uint64_t elements, std::uint32_t in_job,
                                           RankedSlot<kType>& slot, Barrier& full) {
  const std::uint64_t element = in_job * kTileElements;
  const std::uint32_t here = available(elements, element, kTileElements);
#pragma unroll
  for (int plane = 0; plane < 2; ++plane) {
    constexpr auto kBits = ranked_format(kType).plane_bits;
    if (kBits[plane] == 0) continue;
    const auto bytes = static_cast<std::uint32_t>(plane_bytes(here, kBits[plane]));
    full.copy(slot.planes.plane(plane),
              frame + layout.planes[plane] + plane_bytes(element, kBits[plane]),
              (bytes + 15) / 16 * 16);
  }
  full.copy(slot.first_level, frame + layout.first_level + element / 4,
            static_cast<std::uint32_t>(ranked_blocks(here) * kFirstLevelBytes));
}

/// Brings tiles to the ring: the block's first, then whichever is next in the call, since some
/// multiprocessors are faster than others. Run by the warp that brings.
template <ElementType kType>
__device__ inline void bring_ranked_tiles(const Jobs<DecodeJob>& jobs, std::uint32_t tile_count,
                                          ExpectedKinds expected, DecodeState* states,
                                          std::uint32_t* ticket,
                                          RankedDecodeShared<kType>& shared) {
  const std::uint32_t lane = threadIdx.x % 32;
  const auto take_ticket = [&] { return lane == 0 ? atomicAdd(ticket, 1) : 0; };
  std::uint32_t taken = take_ticket();
  std::uint32_t index = 0, opened_job = kNoJob;
  StreamEnds ends;
  Ring<kRankedDecodeSlots>::Place place;
  OpenFrame& frame = shared.frame;
  for (std::uint32_t tile = blockIdx.x, next; tile < tile_count; tile = next, ++place) {
    index = job_of(jobs, index, tile);
    DecodeState& state = states[index];
    const std::byte* const begin = jobs.get(index, &DecodeJob::frame);
    const std::uint64_t n = jobs.get(index, &DecodeJob::elements);
    const std::uint32_t first_tile = jobs.get(index, &DecodeJob::first_tile);
    const std::uint32_t in_job = tile - first_tile;
    const RankedLayout layout = ranked_layout(kType, n, 0);
    // All but the stream lies where it does in any ranked frame: it need not wait for the header,
    // and what turns out to be of another kind is left in the slot.
    const bool has_planes = n > 0 && jobs.get(index, &DecodeJob::frame_bytes) >= layout.stream;
    shared.ring.await_empty(place);
    RankedSlot<kType>& slot = shared.slots[place.slot];
    Barrier& full = shared.ring.full[place.slot];
    if (opened_job != index) {
      opened_job = index;
      const FoundFrame found(jobs, index);
      if (has_planes) {
        ends = StreamEnds(begin, layout, n, in_job);
        bring_ranked_planes<kType>(begin, layout, n, in_job, slot, full);
      }
      open_ranked_frame<kType>(found, expected, state, frame);
    } else if (has_planes && frame.work == TileWork::join) {
      bring_ranked_planes<kType>(begin, layout, n, in_job, slot, full);
    }
    TileWork work = frame.work;
    const bool last = in_job + 1 == decode_tile_count(n);
    if (work != TileWork::skip && last)
      check_ranked_padding<kType>(*jobs.at(index), frame.header, state);
    const std::uint32_t from = __shfl_sync(~0u, ends.tile, 0);
    const std::uint32_t to = __shfl_sync(~0u, ends.tile, 1);
    const std::uint32_t block_end = ends.block;
    next = gridDim.x + __shfl_sync(~0u, taken, 0);
    if (next < tile_count) taken = take_ticket();
    if (work == TileWork::join) {
      const std::uint32_t next_in_job = next - first_tile;
      if (next_in_job < tiles(n)) ends = StreamEnds(begin, layout, n, next_in_job);
      const std::uint64_t all = frame.header.stream_words;
      if (from > to || to - from > kRankedWarps * ranked_block_words(kType) ||
          (last ? to != all : to > all)) {
        work = TileWork::skip;
        if (lane == 0) state.raise(FrameFault::tile_ends);
      }
    }
    if (work == TileWork::join) {
      const auto* const stream =
          reinterpret_cast<const std::uint32_t*>(begin + layout.stream) + from;
      const std::uint32_t words = to - from, skew = from % 4;
      const bool brought = words <= kBroughtWords;
      if (brought && words > 0)
        full.copy(slot.stream, stream - skew, (4 * (skew + words) + 15) / 16 * 16);
      slot.joiner.fill(frame.header.exponents.data());
      if (lane < 8) slot.taken[lane] = frame.taken[lane];
      if (lane < kRankedWarps) slot.ends[lane] = block_end;
      if (lane == 0) {
        slot.frame_stream = brought ? nullptr : stream;
        slot.words = words;
        slot.skew = skew;
      }
    }
    if (lane == 0) {
      slot.job = index;
      slot.in_job = in_job;
      slot.version = frame.header.version;
      slot.work = work;
    }
    full.arrive_with_copies();
  }
  shared.ring.await_empty(place);
  if (lane == 0) shared.slots[place.slot].job = kNoJob;
  __syncwarp();
  shared.ring.full[place.slot].arrive_with_copies();
}

}  // namespace splitbench
