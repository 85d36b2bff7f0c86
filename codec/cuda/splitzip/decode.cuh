#pragma once
#include <cstddef>
#include <cstdint>

#include "codec/cuda/jobs.cuh"
#include "codec/cuda/open_frame.cuh"
#include "codec/cuda/pipeline.cuh"
#include "codec/cuda/splitzip/frame_jobs.cuh"
#include "codec/cuda/splitzip/join.cuh"
#include "codec/cuda/splitzip/patch_escapes.cuh"
#include "codec/cuda/splitzip/tile.cuh"

namespace splitbench {

// Decoding in one pass. In a block, a few warps bring tiles' planes into shared memory, in turn,
// and check the frames' headers; most put tile after tile together, as if nothing escaped; then the
// warp that brought a tile writes the elements that do once more. Sections are found by the sizes
// that the task and the checked header agree on, never by what stands in the sections, so that a
// hostile frame can damage its own output only. A digest is a sum in which each word has a factor,
// so a patch adds the difference that it makes.

inline constexpr int kDecodeBlocks = 1;  ///< blocks on a multiprocessor: two are 5% slower
inline constexpr int kDecodeSlots = 4;
inline constexpr std::uint32_t kBroughtEscapes = 512;  ///< the most that are brought
inline constexpr std::uint32_t kNoJob = ~0u;

/// A tile of a call, and the job that it is of.
struct TilePlace {
  std::uint32_t tile;  ///< number in the call
  std::uint32_t job;
  std::uint32_t first_tile;  ///< the job's
  std::uint32_t behind;      ///< the first tile behind the job's

  __device__ TilePlace(const Jobs<DecodeJob>& jobs, std::uint32_t first, std::uint32_t most_tiles)
      : tile(first), job(first / most_tiles) {
    find(jobs);
  }

  /// Goes on to a later tile of the call. Called by one whole warp.
  __device__ void move_to(const Jobs<DecodeJob>& jobs, std::uint32_t later) {
    tile = later;
    if (tile >= behind) find(jobs);
  }

  __device__ std::uint32_t in_job() const { return tile - first_tile; }

 private:
  __device__ void find(const Jobs<DecodeJob>& jobs) {
    job = job_of(jobs, job, tile);
    first_tile = jobs.get(job, &DecodeJob::first_tile);
    behind = first_tile + decode_tile_count(jobs.get(job, &DecodeJob::elements));
  }
};

/// A tile in a block. Each tile that it has is a phase of its barriers.
template <ElementType kType>
struct alignas(128) DecodeSlot {
  TilePlanes<kType> planes;
  OpenFrame frame;
  Joiner<kType> joiner;
  alignas(16) std::byte records[kBroughtEscapes * kEscapeBytes + 32];
  const std::byte* escapes;  ///< the first record, here or, where they are many, in the frame
  std::uint32_t escape_count;
  std::uint32_t job;
  std::uint32_t in_job;
  Barrier brought;  ///< the planes are here, and the frame has been opened
  Barrier listed;   ///< the records are here
  Barrier joined;   ///< the tile has been written, and is to be patched
};

/// Brings a tile's planes. Called by one whole warp. A plane's padding makes whole units of 16
/// bytes of its last bytes.
template <ElementType kType>
__device__ inline void bring_planes(const Jobs<DecodeJob>& jobs, const TilePlace& at,
                                    DecodeSlot<kType>& slot) {
  if (!jobs.get(at.job, &DecodeJob::has_planes)) return;
  constexpr ElementFormat kFormat = element_format(kType);
  const std::uint32_t elements =
      available(jobs.get(at.job, &DecodeJob::elements), at.in_job() * kTileElements, kTileElements);
  const DecodeJob::Planes from = jobs.get(at.job, &DecodeJob::planes);
#pragma unroll
  for (int plane = 0; plane < 3; ++plane) {
    const unsigned bits = kFormat.plane_bits[plane];
    if (bits == 0) continue;
    const auto bytes = static_cast<std::uint32_t>(plane_bytes(elements, bits));
    slot.brought.copy(slot.planes.plane(plane),
                      from.at[plane] + at.in_job() * (kTileElements / 8) * bits,
                      (bytes + 15) / 16 * 16);
  }
}

/// Puts a tile together as if nothing escaped; returns this thread's share of the digest.
template <ElementType kType, bool kWhole>
__device__ inline std::uint64_t join_tile(const GroupMemory<std::byte>& output,
                                          const TilePart<kType>& part,
                                          const DecodeSlot<kType>& slot) {
  TileDigest<kType> digest(part.group);
  CodedGroup<kType> coded[kRounds<kType>];
#pragma unroll
  for (int round = 0; round < kRounds<kType>; ++round)
    coded[round] = slot.planes.group(part.in_tile + 32 * round);
  const auto constants = slot.joiner.constants();
  std::byte* const in_one_piece = output.data + std::uint64_t{part.group} * kGroupBytes;
#pragma unroll
  for (int round = 0; round < kRounds<kType>; ++round) {
    const std::uint32_t bytes = kWhole ? kGroupBytes : part.group_bytes(round);
    if (bytes == 0) continue;
    uint4 group = slot.joiner.join(coded[round], constants);
    if (!kWhole) group = cut_group(group, bytes);
    digest.add(group, round);
    std::byte* const to = in_one_piece + 32 * kGroupBytes * round;
    store_group(output.pages == nullptr ? to : output.at(part.group + 32 * round), bytes, group);
  }
  return digest.share();
}

/// Copies a stored frame's tile; returns this thread's share of the digest.
template <ElementType kType>
__device__ inline std::uint64_t copy_tile(const std::byte* frame,
                                          const GroupMemory<std::byte>& output,
                                          const TilePart<kType>& part) {
  TileDigest<kType> digest(part.group);
#pragma unroll
  for (int round = 0; round < kRounds<kType>; ++round) {
    const std::uint32_t bytes = part.group_bytes(round);
    if (bytes == 0) continue;
    const std::uint32_t group = part.group + 32 * round;
    const std::byte* const from = frame + kHeaderBytes + std::uint64_t{group} * kGroupBytes;
    const uint4 raw = load_group(from, bytes);
    digest.add(raw, round);
    store_group(output.at(group), bytes, raw);
  }
  return digest.share();
}

/// Writes the tiles of this block as if nothing escaped. Run by the kThreads that do.
template <ElementType kType>
__device__ inline void join_tiles(const Jobs<DecodeJob>& jobs, DecodeState* states,
                                  DecodeSlot<kType>* slots) {
  std::uint32_t job = kNoJob;
  std::uint64_t share = 0;  // part of the job's digest
  unsigned ended = 0;       // a bit for each warp that brings no more
  for (std::uint32_t number = 0; ended != (1u << kPatchWarps) - 1; ++number) {
    if ((ended >> number % kPatchWarps & 1) != 0) continue;
    DecodeSlot<kType>& slot = slots[number % kDecodeSlots];
    slot.brought.wait(number / kDecodeSlots);
    if (slot.job == kNoJob) {
      ended |= 1u << number % kPatchWarps;
      continue;
    }
    if (slot.job != job) {
      if (job != kNoJob) states[job].digest.add(share);
      share = 0;
      job = slot.job;
    }
    const TilePart<kType> part(jobs.get(job, &DecodeJob::elements), slot.in_job);
    const TileWork work = slot.frame.work;
    std::uint64_t own = 0;
    if (work == TileWork::join && part.whole()) {
      own = join_tile<kType, true>(jobs.get(job, &DecodeJob::output), part, slot);
    } else if (work == TileWork::join) {
      own = join_tile<kType, false>(jobs.get(job, &DecodeJob::output), part, slot);
    } else if (work == TileWork::copy) {
      own = copy_tile<kType>(jobs.get(job, &DecodeJob::frame), jobs.get(job, &DecodeJob::output),
                             part);
    }
    if (slot.frame.header.version != 1) share += own;  // else those that patch find the sum
    __syncwarp();
    if (threadIdx.x % 32 == 0) slot.joined.arrive();
  }
  if (job != kNoJob) states[job].digest.add(share);
}

/// Returns this lane's share of the checksum of a tile that has been written, for version 1. Called
/// by one whole warp.
template <ElementType kType>
__device__ __noinline__ std::uint64_t tile_checksum(const DecodeJob& job, std::uint32_t in_job) {
  const std::uint32_t bytes = tile_bytes<kType>(job.elements, in_job);
  std::uint64_t share = 0;
  for (std::uint32_t at = threadIdx.x % 32 * kGroupBytes; at < bytes; at += 32 * kGroupBytes) {
    const std::uint32_t here = min(bytes - at, std::uint32_t{kGroupBytes});
    const std::uint32_t number = in_job * TilePart<kType>::kTileGroups + at / kGroupBytes;
    share += checksum_share(load_group(job.output.at(number), here), here, number);
  }
  return share;
}

/// Opens the frame of a slot's job. Called by one whole warp, which waits here for all that it has
/// asked of memory before.
template <ElementType kType>
__device__ __noinline__ void open_slot(FoundFrame found, ExpectedKinds expected, DecodeState& state,
                                       DecodeSlot<kType>& slot) {
  open_frame<kType>(found, expected, state, slot.frame);
  __syncwarp();
  slot.joiner.fill(slot.frame.header.exponents.data());
}

/// Brings the records of a tile's escapes. Called by one whole warp.
template <ElementType kType>
__device__ inline void bring_escapes(const Jobs<DecodeJob>& jobs, const TilePlace& at,
                                     EscapeRange range, DecodeState& state,
                                     DecodeSlot<kType>& slot) {
  const std::uint32_t count = count_escapes(range, jobs.get(at.job, &DecodeJob::elements),
                                            at.in_job(), slot.frame.header.escapes, state);
  const std::byte* const section = jobs.get(at.job, &DecodeJob::escapes);
  const std::uint64_t begin = kEscapeBytes * std::uint64_t{range.begin};
  const bool brought = count <= kBroughtEscapes;
  const auto skew = static_cast<std::uint32_t>(begin % 16);
  if (brought && count > 0) {
    slot.listed.copy(slot.records, section + (begin - skew),
                     (skew + static_cast<std::uint32_t>(kEscapeBytes) * count + 15) / 16 * 16);
  }
  if (threadIdx.x % 32 == 0) {
    slot.escapes = brought ? slot.records + skew : section + begin;
    slot.escape_count = count;
  }
}

/// Brings the rest of a tile to a slot to which its planes are on their way. Called by one whole
/// warp.
template <ElementType kType>
__device__ inline void bring_tile(const Jobs<DecodeJob>& jobs, const TilePlace& at,
                                  const FoundFrame& found, EscapeRange range,
                                  ExpectedKinds expected, DecodeState* states,
                                  DecodeSlot<kType>& slot) {
  const bool opened = slot.job == at.job;
  __syncwarp();
  if (threadIdx.x % 32 == 0) {
    slot.job = at.job;
    slot.in_job = at.in_job();
  }
  if (!opened) open_slot<kType>(found, expected, states[at.job], slot);
  __syncwarp();
  slot.brought.arrive_with_copies();
  if (slot.frame.work == TileWork::join) bring_escapes(jobs, at, range, states[at.job], slot);
  __syncwarp();
  slot.listed.arrive_with_copies();
}

/// Patches a slot's tile; returns what that changes in this lane's share of the digest, for version
/// 1 the share itself. Called by one whole warp.
template <ElementType kType>
__device__ inline std::uint64_t patch_tile(const Jobs<DecodeJob>& jobs, std::uint32_t phase,
                                           DecodeState& state, DecodeSlot<kType>& slot) {
  const std::uint32_t job = slot.job, in_job = slot.in_job;
  const TileWork work = slot.frame.work;
  const auto written = [&] { slot.joined.wait(phase); };
  std::uint64_t change = 0;
  if (work == TileWork::join && slot.escape_count > 0) {
    slot.brought.wait(phase);
    slot.listed.wait(phase);
    const TilePatcher<kType> patcher(jobs.get(job, &DecodeJob::output),
                                     jobs.get(job, &DecodeJob::elements), in_job, slot.planes,
                                     slot.frame, state);
    change = patcher.patch(slot.escapes, slot.escape_count, written);
  } else {
    written();
  }
  __syncwarp();
  if (work == TileWork::skip) return 0;
  if (in_job + 1 == decode_tile_count(jobs.get(job, &DecodeJob::elements)))
    check_padding<kType>(*jobs.at(job), slot.frame.header, state);
  if (slot.frame.header.version == 1) return tile_checksum<kType>(*jobs.at(job), in_job);
  return change;
}

/// Brings and patches every kPatchWarps-th tile of this block: its first, then whichever is next in
/// the call, since some multiprocessors are faster than others. Run by a warp that does.
template <ElementType kType>
__device__ inline void patch_tiles(const Jobs<DecodeJob>& jobs, std::uint32_t tile_count,
                                   std::uint32_t most_tiles, ExpectedKinds expected,
                                   DecodeState* states, std::uint32_t* ticket,
                                   DecodeSlot<kType>* slots) {
  const std::uint32_t lane = threadIdx.x % 32;
  const std::uint32_t first = threadIdx.x / 32 - kWarps;
  const auto take_ticket = [&] { return lane == 0 ? atomicAdd(ticket, 1) : 0; };
  // What is small is asked for before the planes, behind which it would have to wait.
  std::uint32_t next = blockIdx.x + first * gridDim.x;  // the tile that is brought next
  TilePlace coming(jobs, min(next, tile_count - 1), most_tiles);
  FoundFrame found(jobs, coming.job);
  EscapeRange range = find_escapes(jobs, coming.job, coming.in_job());
  std::uint32_t taken = take_ticket();  // the tile after it; there when it is needed, as the range
  if (next < tile_count) bring_planes(jobs, coming, slots[first]);
  std::uint32_t number = first;
  const auto bring = [&] {
    DecodeSlot<kType>& slot = slots[number % kDecodeSlots];
    if (next >= tile_count) {
      if (lane == 0) slot.job = kNoJob;
      __syncwarp();
      slot.brought.arrive_with_copies();
      return false;
    }
    bring_tile(jobs, coming, found, range, expected, states, slot);
    number += kPatchWarps;
    next = kPatchWarps * gridDim.x + __shfl_sync(~0u, taken, 0);
    if (next < tile_count) {
      coming.move_to(jobs, next);
      range = find_escapes(jobs, coming.job, coming.in_job());
      taken = take_ticket();
    }
    return true;
  };
  static_assert(kDecodeSlots == kPatchWarps, "each warp has a slot of its own");
  bool more = bring();
  std::uint32_t job = kNoJob;
  std::uint64_t share = 0;  // part of the job's digest
  for (std::uint32_t patched = first; patched < number; patched += kPatchWarps) {
    DecodeSlot<kType>& slot = slots[patched % kDecodeSlots];
    if (slot.job != job) {
      if (job != kNoJob) states[job].digest.add_to(first, share);
      share = 0;
      job = slot.job;
    }
    share += patch_tile<kType>(jobs, patched / kDecodeSlots, states[job], slot);
    __syncwarp();
    if (!more) continue;
    if (next < tile_count) {
      if (slot.job != coming.job) found = FoundFrame(jobs, coming.job);
      bring_planes(jobs, coming, slot);
    }
    more = bring();
  }
  if (job != kNoJob) states[job].digest.add_to(first, share);
}

/// Decodes a call's stored and SplitZip frames, of which none has more than `most_tiles`. Blocks
/// need nothing of one another.
template <ElementType kType>
static __global__ void __launch_bounds__(kDecodeThreads, kDecodeBlocks)
    decode_tiles(const __grid_constant__ Jobs<DecodeJob> jobs, std::uint32_t tile_count,
                 std::uint32_t most_tiles, ExpectedKinds expected, DecodeState* states,
                 std::uint32_t* ticket) {
  extern __shared__ __align__(128) std::byte dynamic[];
  auto* const slots = reinterpret_cast<DecodeSlot<kType>*>(dynamic);
  if (threadIdx.x < kDecodeSlots) {
    slots[threadIdx.x].job = kNoJob;
    slots[threadIdx.x].brought.init(Barrier::kCopyArrivals);
    slots[threadIdx.x].listed.init(Barrier::kCopyArrivals);
    slots[threadIdx.x].joined.init(kWarps);
  }
  __syncthreads();
  await_launch_before();
  allow_launch_after();
  if (threadIdx.x < kThreads) {
    join_tiles<kType>(jobs, states, slots);
  } else {
    patch_tiles<kType>(jobs, tile_count, most_tiles, expected, states, ticket, slots);
  }
}

/// Returns what is wrong with a frame whose header is unreadable.
template <ElementType kType>
__device__ inline FrameFault header_fault(const DecodeJob& job, ExpectedKinds expected) {
  if (job.frame_bytes < kHeaderBytes) return FrameFault::length;
  const FrameHeader header = *reinterpret_cast<const FrameHeader*>(job.frame);
  const FrameFault fault = check_header(header);
  if (fault != FrameFault::none) return fault;
  if (header.kind == FrameKind::predicted) return FrameFault::predictor;
  if (header.element_type != kType) return FrameFault::element_type;
  if ((header.kind == FrameKind::splitzip && !expected.splitzip) ||
      (header.kind == FrameKind::ranked && !expected.ranked))
    return FrameFault::kind;
  if (header.elements != job.elements) return FrameFault::elements;
  if (header.frame_bytes != job.frame_bytes) return FrameFault::length;
  return FrameFault::checksum;  // it was wrong, and somebody has changed it since
}

/// Reports the outcome of each job and clears its state and the tickets. A warp has one job.
template <ElementType kType>
static __global__ void report_frames(const __grid_constant__ Jobs<DecodeJob> jobs,
                                     ExpectedKinds expected, DecodeState* states,
                                     std::uint32_t* tickets, DecodeStatus* results) {
  allow_launch_after();
  await_launch_before();
  const std::uint32_t job = (blockIdx.x * blockDim.x + threadIdx.x) / 32;
  if (job == 0) tickets[0] = tickets[1] = 0;
  if (job >= jobs.count) return;
  DecodeState& state = states[job];
  const std::uint64_t expected_digest = state.expected;  // all of a state is asked for together
  const std::uint32_t unreadable = state.unreadable;
  const std::uint32_t fault_rank = state.fault_rank;
  const std::uint64_t digest = state.digest.take();
  if (threadIdx.x % 32 != 0) return;
  FrameFault fault = FrameFault::none;
  if (unreadable != 0) {
    fault = header_fault<kType>(*jobs.at(job), expected);
  } else if (fault_rank != 0) {
    fault = static_cast<FrameFault>(DecodeState::kFaults - fault_rank);
  } else if (digest != expected_digest) {
    fault = FrameFault::digest;
  }
  results[job] = {.fault = fault, .digest = digest};
  state.expected = 0;
  state.unreadable = 0;
  state.fault_rank = 0;
}

}  // namespace splitbench
