#pragma once
#include <cstddef>
#include <cstdint>

#include "codec/cuda/jobs.cuh"
#include "codec/cuda/open_frame.cuh"
#include "codec/cuda/pipeline.cuh"
#include "codec/cuda/splitzip/frame_jobs.cuh"
#include "codec/cuda/splitzip/join.cuh"
#include "codec/cuda/splitzip/tile.cuh"
#include "codec/cuda/splitzip/tile_escapes.cuh"

namespace splitbench {

// Decoding in one pass. In a block, a few warps check the header of the frame that it works on and
// bring tile after tile into shared memory, escapes checked and spread out; the others put tiles
// together. Sections are found by the sizes that the task and the checked header agree on, never by
// what stands in the sections, so that a hostile frame can damage its own output only.

inline constexpr int kDecodeBlocks = 2;  ///< blocks on a multiprocessor
inline constexpr int kDecodeSlots = 3;
inline constexpr int kBringBarrier = 1;

template <ElementType kType>
struct DecodeSlot {
  TilePlanes<kType> planes;
  TileEscapes escapes;
  TileWork work;
};

template <ElementType kType>
struct DecodeShared {
  DecodeSlot<kType> slots[kDecodeSlots];
  Ring<kDecodeSlots> ring;
  Joiner<kType> joiner;
  OpenFrame frame;
};

/// Brings a tile's planes. Called by one whole warp. A plane's padding makes whole units of 16
/// bytes of its last bytes.
template <ElementType kType>
__device__ inline void bring_planes(const DecodeJob::Planes& from, std::uint64_t tensor_elements,
                                    std::uint32_t tile, Barrier& full, TilePlanes<kType>& planes) {
  constexpr ElementFormat kFormat = element_format(kType);
  const std::uint32_t elements = available(tensor_elements, tile * kTileElements, kTileElements);
#pragma unroll
  for (int plane = 0; plane < 3; ++plane) {
    const unsigned bits = kFormat.plane_bits[plane];
    if (bits == 0) continue;
    const auto bytes = static_cast<std::uint32_t>(plane_bytes(elements, bits));
    full.copy(planes.plane(plane), from.at[plane] + tile * (kTileElements / 8) * bits,
              (bytes + 15) / 16 * 16);
  }
}

/// The consecutive tiles of a call that this block decodes; so it opens few frames.
struct TileShare {
  std::uint32_t begin, end;

  __device__ explicit TileShare(std::uint32_t tile_count)
      : begin(std::uint64_t{tile_count} * blockIdx.x / gridDim.x),
        end(std::uint64_t{tile_count} * (blockIdx.x + 1) / gridDim.x) {}
};

/// Brings this block's tiles to the ring. Run by the threads that bring.
template <ElementType kType>
__device__ inline void bring_tiles(const Jobs<DecodeJob>& jobs, TileShare tiles,
                                   ExpectedKinds expected, DecodeState* states,
                                   DecodeShared<kType>& shared) {
  std::uint32_t index = 0;
  std::uint32_t opened = ~0u;
  EscapeRange range{};
  typename Ring<kDecodeSlots>::Place place, last;
  for (std::uint32_t tile = tiles.begin; tile < tiles.end; ++tile, last = place, ++place) {
    index = job_of(jobs, index, tile);
    const DecodeJob job = jobs.copy(index);
    DecodeState& state = states[index];
    const std::uint32_t in_job = tile - job.first_tile;
    DecodeSlot<kType>& slot = shared.slots[place.slot];
    shared.ring.await_empty(place);
    // Before the header has been checked, a frame is taken for one with planes.
    const bool planes = job.has_planes && (opened != index || shared.frame.work == TileWork::join);
    Barrier& full = shared.ring.full[place.slot];
    if (planes && bring_thread() < 32)
      bring_planes<kType>(job.planes, job.elements, in_job, full, slot.planes);
    if (opened != index) {
      opened = index;
      if (planes) range = find_escapes(job, in_job);
      if (tile != tiles.begin)
        shared.ring.await_taken(last);  // the joiner is the last frame's till then
      if (bring_thread() < 32) open_frame<kType>(job, expected, state, shared.frame);
      synchronize_threads(kBringBarrier, kBringThreads);
      shared.joiner.fill(shared.frame.header.exponents.data(), bring_thread(), kBringThreads);
    }
    const TileWork work = shared.frame.work;
    if (bring_thread() == 0) slot.work = work;
    if (work == TileWork::join) {
      const EscapeRange following = find_escapes(job, in_job + 1);
      bring_escapes<kType>(job, in_job, range, shared.frame, state, slot.escapes);
      range = following;
    }
    if (work != TileWork::skip && in_job + 1 == decode_tile_count(job.elements))
      check_padding<kType>(job, shared.frame.header, state);
    full.arrive();
    if (bring_thread() < 32) full.arrive_with_copies();
  }
}

/// Puts a tile together; returns this thread's share of the digest.
template <ElementType kType, bool kWhole>
__device__ inline std::uint64_t join_tile(const GroupMemory<std::byte>& output,
                                          const TilePart<kType>& part, DecodeSlot<kType>& slot,
                                          const Joiner<kType>& joiner, DecodeState& state) {
  const GroupDigest digest(part.group);
  const auto constants = joiner.constants();
  std::byte* const in_one_piece = output.data + std::uint64_t{part.group} * kGroupBytes;
  typename TilePlanes<kType>::Coded coded[kRounds<kType>];
#pragma unroll
  for (int round = 0; round < kRounds<kType>; ++round)
    coded[round] = slot.planes.coded(part.in_tile + 32 * round);
  std::uint64_t share = 0;
#pragma unroll
  for (int round = 0; round < kRounds<kType>; ++round) {
    const std::uint32_t bytes = kWhole ? kGroupBytes : part.group_bytes(round);
    if (bytes == 0) continue;
    const std::uint32_t in_tile = part.in_tile + 32 * round;
    uint4 group = joiner.join(coded[round], constants);
    const unsigned escaped = slot.escapes.template take<kType>(in_tile);
    if (escaped != 0 && !joiner.patch(group, coded[round], escaped, in_tile, slot.escapes))
      state.raise(FrameFault::escape_code);
    if (!kWhole) group = cut_group(group, bytes);
    share += digest.of(group, bytes, round);
    std::byte* const to = in_one_piece + 32 * kGroupBytes * round;
    store_group(output.pages == nullptr ? to : output.at(part.group + 32 * round), bytes, group);
  }
  return share;
}

/// Copies a stored frame's tile; returns this thread's share of the digest.
template <ElementType kType>
__device__ inline std::uint64_t copy_tile(const std::byte* frame,
                                          const GroupMemory<std::byte>& output,
                                          const TilePart<kType>& part) {
  const GroupDigest digest(part.group);
  std::uint64_t share = 0;
#pragma unroll
  for (int round = 0; round < kRounds<kType>; ++round) {
    const std::uint32_t bytes = part.group_bytes(round);
    if (bytes == 0) continue;
    const std::uint32_t group = part.group + 32 * round;
    const std::byte* const from = frame + kHeaderBytes + std::uint64_t{group} * kGroupBytes;
    const uint4 raw = load_group(from, bytes);
    share += digest.of(raw, bytes, round);
    store_group(output.at(group), bytes, raw);
  }
  return share;
}

/// Puts the tiles in the ring together. Run by the threads that compute.
template <ElementType kType>
__device__ inline void join_tiles(const Jobs<DecodeJob>& jobs, TileShare tiles, DecodeState* states,
                                  DecodeShared<kType>& shared) {
  std::uint32_t index = 0;
  std::uint64_t share = 0;  // part of the job's digest
  typename Ring<kDecodeSlots>::Place place;
  for (std::uint32_t tile = tiles.begin; tile < tiles.end; ++tile, ++place) {
    if (const std::uint32_t found = job_of(jobs, index, tile); found != index) {
      states[index].digest.add(share);
      share = 0;
      index = found;
    }
    const TilePart<kType> part(jobs.get(index, &DecodeJob::elements),
                               tile - jobs.get(index, &DecodeJob::first_tile));
    const GroupMemory<std::byte> output = jobs.get(index, &DecodeJob::output);
    DecodeSlot<kType>& slot = shared.slots[place.slot];
    shared.ring.await_full(place);
    if (slot.work == TileWork::copy) {
      share += copy_tile<kType>(jobs.get(index, &DecodeJob::frame), output, part);
    } else if (slot.work == TileWork::join && part.whole()) {
      share += join_tile<kType, true>(output, part, slot, shared.joiner, states[index]);
    } else if (slot.work == TileWork::join) {
      share += join_tile<kType, false>(output, part, slot, shared.joiner, states[index]);
    }
    __syncwarp();
    if (threadIdx.x % 32 == 0) shared.ring.empty[place.slot].arrive();
  }
  states[index].digest.add(share);
}

/// Decodes a call's stored and SplitZip frames. Blocks need nothing of one another.
template <ElementType kType>
static __global__ void __launch_bounds__(kDecodeThreads, kDecodeBlocks)
    decode_tiles(const __grid_constant__ Jobs<DecodeJob> jobs, std::uint32_t tile_count,
                 ExpectedKinds expected, DecodeState* states) {
  extern __shared__ __align__(128) std::byte dynamic[];
  auto& shared = *reinterpret_cast<DecodeShared<kType>*>(dynamic);
  if (threadIdx.x == 0) shared.ring.init(kBringThreads + Barrier::kCopyArrivals, kWarps);
  for (int i = threadIdx.x; i < kTileElements / 32; i += kDecodeThreads) {
    for (DecodeSlot<kType>& slot : shared.slots) slot.escapes.mask[i] = 0;
  }
  __syncthreads();
  await_launch_before();
  allow_launch_after();
  if (threadIdx.x < kThreads) {
    join_tiles<kType>(jobs, TileShare(tile_count), states, shared);
  } else {
    bring_tiles<kType>(jobs, TileShare(tile_count), expected, states, shared);
  }
}

/// Returns what is wrong with a frame whose header is unreadable.
template <ElementType kType>
__device__ inline FrameFault header_fault(const DecodeJob& job, ExpectedKinds expected) {
  if (job.frame_bytes < kHeaderBytes) return FrameFault::length;
  const FrameHeader header = *reinterpret_cast<const FrameHeader*>(job.frame);
  const FrameFault fault = check_header(header);
  if (fault != FrameFault::none) return fault;
  if (header.element_type != kType) return FrameFault::element_type;
  if ((header.kind == FrameKind::splitzip && !expected.splitzip) ||
      (header.kind == FrameKind::ranked && !expected.ranked))
    return FrameFault::kind;
  if (header.elements != job.elements) return FrameFault::elements;
  if (header.frame_bytes != job.frame_bytes) return FrameFault::length;
  return FrameFault::checksum;  // it was wrong, and somebody has changed it since
}

/// Reports the outcome of each job and clears its state. A warp has one job.
template <ElementType kType>
static __global__ void report_frames(const __grid_constant__ Jobs<DecodeJob> jobs,
                                     ExpectedKinds expected, DecodeState* states,
                                     DecodeStatus* results) {
  allow_launch_after();
  await_launch_before();
  const std::uint32_t job = (blockIdx.x * blockDim.x + threadIdx.x) / 32;
  if (job >= jobs.count) return;
  DecodeState& state = states[job];
  const std::uint64_t digest = state.digest.take();
  if (threadIdx.x % 32 != 0) return;
  FrameFault fault = FrameFault::none;
  if (state.unreadable != 0) {
    fault = header_fault<kType>(*jobs.at(job), expected);
  } else if (state.fault_rank != 0) {
    fault = static_cast<FrameFault>(DecodeState::kFaults - state.fault_rank);
  } else if (digest != state.expected) {
    fault = FrameFault::digest;
  }
  results[job] = {.fault = fault, .digest = digest};
  state.expected = 0;
  state.unreadable = 0;
  state.fault_rank = 0;
}

}  // namespace splitbench
