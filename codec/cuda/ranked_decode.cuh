#pragma once
#include <cstddef>
#include <cstdint>

#include "codec/cuda/decode.cuh"
#include "codec/cuda/ranked_chunk.cuh"
#include "codec/cuda/ranked_open.cuh"

namespace splitbench {

// Decoding ranked frames of bf16 in one pass, as decode.cuh does it: one warp opens frames and
// brings tiles, eight put a block each together. Where a block's codes are follows from the codes
// before them, so a stream is checked as it is read.

inline constexpr int kRankedDecodeBlocks = 4;  ///< to a multiprocessor
inline constexpr int kRankedDecodeThreads = kRankedThreads + 32;
inline constexpr int kRankedDecodeSlots = 2;
inline constexpr std::uint32_t kBroughtWords = 768;  ///< a longer stream is read where it is

struct RankedSlot {
  uint4 bytes[kTileElements / 16];
  uint4 first_level[kRankedWarps * kFirstLevelBytes / 16];
  std::uint32_t stream[kBroughtWords + 8];
  Joiner<ElementType::bf16> joiner;
  std::uint32_t coded[8];             ///< a bit for each exponent of the codebook
  std::uint32_t ends[kRankedWarps];   ///< of the blocks' streams
  const std::uint32_t* frame_stream;  ///< in the frame; null if it has been brought
  std::uint32_t words;                ///< of the tile's stream
  std::uint32_t skew;                 ///< words brought before it
  std::uint32_t job;
  std::uint32_t in_job;
  TileWork work;
};

struct RankedDecodeShared {
  RankedSlot slots[kRankedDecodeSlots];
  Ring<kRankedDecodeSlots> ring;
  OpenFrame frame;
};

/// What the warp that brings tiles does.
__device__ inline void bring_ranked_tiles(const Jobs<DecodeJob>& jobs, TileShare tiles_here,
                                          ExpectedKinds expected, DecodeState* states,
                                          RankedDecodeShared& shared) {
  constexpr ElementType kType = ElementType::bf16;
  const std::uint32_t lane = threadIdx.x % 32;
  std::uint32_t index = 0, opened = ~0u;
  StreamEnds ends;
  Ring<kRankedDecodeSlots>::Place place;
  OpenFrame& frame = shared.frame;
  for (std::uint32_t tile = tiles_here.begin; tile < tiles_here.end; ++tile, ++place) {
    index = job_of(jobs, index, tile);
    const DecodeJob& job = *jobs.at(index);
    DecodeState& state = states[index];
    const std::uint64_t n = job.elements;
    const std::uint32_t in_job = tile - job.first_tile;
    const RankedLayout layout = ranked_layout(kType, n, 0);
    if (opened != index) {
      opened = index;
      open_ranked_frame(job, expected, state, frame);
      if (frame.work == TileWork::join) ends = StreamEnds(job.frame, layout, n, in_job);
    }
    TileWork work = frame.work;
    const bool last = in_job + 1 == decode_tile_count(n);
    if (work != TileWork::skip && last) check_ranked_padding(job, frame.header, state);
    const std::uint32_t from = __shfl_sync(~0u, ends.tile, 0);
    const std::uint32_t to = __shfl_sync(~0u, ends.tile, 1);
    const std::uint32_t block_end = ends.block;
    if (work == TileWork::join) {
      if (!last && tile + 1 < tiles_here.end) ends = StreamEnds(job.frame, layout, n, in_job + 1);
      const std::uint64_t all = frame.header.stream_words;
      if (from > to || to - from > kRankedWarps * ranked_block_words(kType) ||
          (last ? to != all : to > all)) {
        work = TileWork::skip;
        if (lane == 0) state.raise(FrameFault::tile_ends);
      }
    }
    shared.ring.await_empty(place);
    RankedSlot& slot = shared.slots[place.slot];
    Barrier& full = shared.ring.full[place.slot];
    if (work == TileWork::join) {
      const std::uint64_t element = in_job * kTileElements;
      const std::uint32_t here = available(n, element, kTileElements);
      full.copy(slot.bytes, job.frame + layout.planes[0] + element, (here + 15) / 16 * 16);
      full.copy(slot.first_level, job.frame + layout.first_level + element / 4,
                static_cast<std::uint32_t>(ranked_blocks(here) * kFirstLevelBytes));
      const auto* const stream =
          reinterpret_cast<const std::uint32_t*>(job.frame + layout.stream) + from;
      const std::uint32_t words = to - from, skew = from % 4;
      const bool brought = words <= kBroughtWords;
      if (brought && words > 0)
        full.copy(slot.stream, stream - skew, (4 * (skew + words) + 15) / 16 * 16);
      slot.joiner.fill(frame.header.exponents.data(), lane, 32);
      if (lane < 8) slot.coded[lane] = frame.coded[lane];
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
      slot.work = work;
    }
    full.arrive_with_copies();
  }
}

/// A block's stream: 32 bits from any bit on, which lie in two of its words.
template <bool kBrought>
struct StreamBits {
  const std::uint32_t* words;
  std::uint32_t last;

  __device__ unsigned operator()(std::uint32_t bit) const {
    const std::uint32_t at = bit / 32;  // behind a stream that was brought there is room
    const unsigned low = words[kBrought ? at : min(at, last)];
    return __funnelshift_r(low, words[kBrought ? at + 1 : min(at + 1, last)], bit);
  }
};

/// Whether a block's stream has zeros where it fills up: from `code_bits` on to the next byte, and
/// from its `bytes` to the end of its last word.
__device__ inline bool fills_with_zeros(const std::uint8_t* stream, std::uint32_t code_bits,
                                        std::uint32_t bytes, std::uint32_t words) {
  const std::uint32_t rest = bytes + threadIdx.x % 32;
  if (rest < 4 * words && stream[rest] != 0) return false;
  return code_bits % 8 == 0 || stream[code_bits / 8] >> code_bits % 8 == 0;
}

/// Puts a block together, by a warp; returns this lane's share of the digest.
template <bool kBrought, bool kWhole>
__device__ inline std::uint64_t join_block(const RankedSlot& slot, const RankedBlock& block,
                                           const std::uint32_t* stream, std::uint32_t words,
                                           const GroupMemory<std::byte>& output,
                                           DecodeState& state) {
  const std::uint32_t lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const uint4 first = slot.first_level[32 * warp + lane];
  ChunkRanks chunks[4] = {ChunkRanks(first.x), ChunkRanks(first.y), ChunkRanks(first.z),
                          ChunkRanks(first.w)};
  if (!kWhole) {
#pragma unroll
    for (int k = 0; k < 8; ++k) {
      const unsigned ranks = k % 2 == 0 ? chunks[k / 2].first : chunks[k / 2].second;
      const std::uint32_t exist = block.group_bytes(k) / 2;
      if (exist < 8 && ranks >> 4 * exist != 0) state.raise(FrameFault::padding);
    }
  }
  const StreamBits<kBrought> bits{stream, words - 1};
  std::uint32_t end = 0, total;
#pragma unroll
  for (int level = 2; level <= 3; ++level) {
    std::uint32_t own = 0;
#pragma unroll
    for (const ChunkRanks& chunk : chunks) own += chunk.bits(level);
    std::uint32_t at = end + sum_before(own, total);
    end += total;
    if (end > 32 * words) {
      state.raise(FrameFault::stream);
      return 0;
    }
    if (total == 0) continue;
#pragma unroll
    for (ChunkRanks& chunk : chunks)
      at = level == 2 ? chunk.add_second_level(at, bits) : chunk.add_third_level(at, bits);
  }
  std::uint32_t own = 0;
#pragma unroll
  for (const ChunkRanks& chunk : chunks) own += chunk.bits(1);
  std::uint32_t escape = (end + 7) / 8 + sum_before(own, total);
  const std::uint32_t bytes = (end + 7) / 8 + total;
  if ((bytes + 3) / 4 != words) {
    state.raise(FrameFault::stream);
    return 0;
  }
  const auto* const stream_bytes = reinterpret_cast<const std::uint8_t*>(stream);
  if (words > 0 && !fills_with_zeros(stream_bytes, end, bytes, words))
    state.raise(FrameFault::padding);

  const auto table = slot.joiner.constants();
  const auto* const signs = reinterpret_cast<const uint2*>(slot.bytes) + kBlockGroups * warp + lane;
  const GroupDigest digest(block.group + lane);
  std::byte* const in_one_piece = output.data + std::uint64_t{block.group + lane} * kGroupBytes;
  std::uint64_t share = 0;
#pragma unroll
  for (int chunk = 0; chunk < 4; ++chunk) {
    uint4 groups[2] = {slot.joiner.join({chunks[chunk].first, signs[64 * chunk]}, table),
                       slot.joiner.join({chunks[chunk].second, signs[64 * chunk + 32]}, table)};
    for (unsigned left = chunks[chunk].going_on; left != 0; left &= left - 1) {
      const unsigned exponent = stream_bytes[escape++];
      if ((slot.coded[exponent / 32] >> exponent % 32 & 1) != 0)
        state.raise(FrameFault::escape_exponent);
      enter_escape(left & (0 - left), exponent, groups[0], groups[1]);
    }
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int k = 2 * chunk + half;
      const std::uint32_t there = kWhole ? kGroupBytes : block.group_bytes(k);
      if (there == 0) continue;
      const uint4 group = kWhole ? groups[half] : cut_group(groups[half], there);
      share += digest.of(group, there, k);
      std::byte* const to = in_one_piece + 32 * kGroupBytes * k;
      store_group(output.pages == nullptr ? to : output.at(block.group + 32 * k + lane), there,
                  group);
    }
  }
  return share;
}

/// Copies a block of a stored frame.
__device__ inline std::uint64_t copy_block(const std::byte* frame, const RankedBlock& block,
                                           const GroupMemory<std::byte>& output) {
  const std::uint32_t lane = threadIdx.x % 32;
  const GroupDigest digest(block.group + lane);
  std::uint64_t share = 0;
  for (int k = 0; k < 8; ++k) {
    const std::uint32_t bytes = block.group_bytes(k);
    if (bytes == 0) continue;
    const std::uint32_t group = block.group + 32 * k + lane;
    const uint4 raw = load_group(frame + kHeaderBytes + std::uint64_t{group} * kGroupBytes, bytes);
    share += digest.of(raw, bytes, k);
    store_group(output.at(group), bytes, raw);
  }
  return share;
}

/// What the warps that put blocks together do.
__device__ inline void join_blocks(const Jobs<DecodeJob>& jobs, TileShare tiles_here,
                                   DecodeState* states, RankedDecodeShared& shared) {
  const std::uint32_t lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  std::uint32_t job = 0;
  std::uint64_t share = 0;  // of the job's digest
  Ring<kRankedDecodeSlots>::Place place;
  for (std::uint32_t tile = tiles_here.begin; tile < tiles_here.end; ++tile, ++place) {
    const RankedSlot& slot = shared.slots[place.slot];
    shared.ring.await_full(place);
    if (slot.job != job) {
      states[job].digest.add(share);
      share = 0;
      job = slot.job;
    }
    const RankedBlock block(jobs.get(job, &DecodeJob::elements),
                            slot.in_job * kBlocksPerTile + warp);
    const GroupMemory<std::byte> output = jobs.get(job, &DecodeJob::output);
    if (slot.work == TileWork::copy) {
      share += copy_block(jobs.get(job, &DecodeJob::frame), block, output);
    } else if (slot.work == TileWork::join && block.elements > 0) {
      const std::uint32_t from = warp == 0 ? 0 : slot.ends[warp - 1], to = slot.ends[warp];
      const bool last = warp == kRankedWarps - 1 || block.last;
      if (from > to || (last ? to != slot.words : to > slot.words)) {
        states[job].raise(FrameFault::tile_ends);
      } else if (slot.frame_stream != nullptr) {
        share += join_block<false, false>(slot, block, slot.frame_stream + from, to - from, output,
                                          states[job]);
      } else {
        const std::uint32_t* const stream = slot.stream + slot.skew + from;
        share += block.whole()
                     ? join_block<true, true>(slot, block, stream, to - from, output, states[job])
                     : join_block<true, false>(slot, block, stream, to - from, output, states[job]);
      }
    }
    __syncwarp();
    if (lane == 0) shared.ring.empty[place.slot].arrive();
  }
  states[job].digest.add(share);
}

static __global__ void __launch_bounds__(kRankedDecodeThreads, kRankedDecodeBlocks)
    decode_ranked_tiles(const __grid_constant__ Jobs<DecodeJob> jobs, std::uint32_t tile_count,
                        ExpectedKinds expected, DecodeState* states) {
  extern __shared__ __align__(128) std::byte dynamic[];
  auto& shared = *reinterpret_cast<RankedDecodeShared*>(dynamic);
  allow_launch_after();
  if (threadIdx.x == 0) shared.ring.init(Barrier::kCopyArrivals, kRankedWarps);
  __syncthreads();
  if (threadIdx.x < kRankedThreads) {
    join_blocks(jobs, TileShare(tile_count), states, shared);
  } else {
    bring_ranked_tiles(jobs, TileShare(tile_count), expected, states, shared);
  }
  await_launch_before();  // so that what comes after waits for both
}

}  // namespace splitbench
