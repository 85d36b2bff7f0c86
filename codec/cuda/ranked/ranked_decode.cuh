#pragma once
#include <cstddef>
#include <cstdint>

#include "codec/cuda/ranked/ranked_bring.cuh"
#include "codec/cuda/ranked/ranked_chunk.cuh"

namespace splitbench {

// Decoding ranked frames in one pass, as decode.cuh does it: one warp opens frames and brings
// tiles, eight put a block each together. The place of a block's codes follows from the codes
// before them, so a stream is checked as it is read.

inline constexpr int kRankedDecodeBlocks = 4;  ///< blocks on a multiprocessor
inline constexpr int kRankedDecodeThreads = kRankedThreads + 32;

/// A function that returns 32 bits of a block's stream from any bit on, which lie in two of its
/// words.
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

/// Returns whether this lane finds only zeros where a block's stream is padded: from `code_bits` on
/// to the next byte, and from its `bytes` to the end of its last word. Called by one whole warp.
__device__ inline bool fills_with_zeros(const std::uint8_t* stream, std::uint32_t code_bits,
                                        std::uint32_t bytes, std::uint32_t words) {
  const std::uint32_t rest = bytes + threadIdx.x % 32;
  if (rest < 4 * words && stream[rest] != 0) return false;
  return code_bits % 8 == 0 || stream[code_bits / 8] >> code_bits % 8 == 0;
}

/// Puts a block together; returns this lane's share of the digest. Called by one whole warp.
template <ElementType kType, bool kBrought, bool kWhole>
__device__ inline std::uint64_t join_block(const RankedSlot<kType>& slot,
                                           const RankedBlock<kType>& block,
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
      const std::uint32_t exist = block.octet_bytes(k) / element_bytes(kType);
      if (exist < 8 && ranks >> 4 * exist != 0) state.raise(FrameFault::padding);
    }
  }
  constexpr unsigned kThirdBits = ranked_format(kType).level_bits[2];
  const StreamBits<kBrought> bits{stream, words - 1};
  std::uint32_t end = 0, total;
#pragma unroll
  for (int level = 2; level <= 3; ++level) {
    std::uint32_t own = 0;
#pragma unroll
    for (const ChunkRanks& chunk : chunks) own += chunk.bits(level == 2 ? 2 : kThirdBits);
    std::uint32_t at = end + sum_before(own, total);
    end += total;
    if (end > 32 * words) {
      state.raise(FrameFault::stream);
      return 0;
    }
    if (total == 0) continue;
#pragma unroll
    for (ChunkRanks& chunk : chunks)
      at = level == 2 ? chunk.add_level<2>(at, bits) : chunk.add_level<kThirdBits>(at, bits);
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
  const std::uint32_t in_tile = kBlockOctets * warp + lane;
  BlockDigest<kType> digest(block.octet + lane);
  std::byte* const in_one_piece =
      output.data + std::uint64_t{block.octet + lane} * kOctetBytes<kType>;
#pragma unroll
  for (int chunk = 0; chunk < 4; ++chunk) {
    const auto join = [&](unsigned ranks, int k) {
      return slot.joiner.join(ranks, slot.planes.of(in_tile + 32 * k), table);
    };
    Octet<kType> octets[2] = {join(chunks[chunk].first, 2 * chunk),
                              join(chunks[chunk].second, 2 * chunk + 1)};
    for (unsigned left = chunks[chunk].going_on; left != 0; left &= left - 1) {
      const unsigned exponent = stream_bytes[escape++];
      if ((slot.taken[exponent / 32] >> exponent % 32 & 1) != 0)
        state.raise(FrameFault::escape_exponent);
      slot.joiner.enter_escape(left & (0 - left), exponent, octets[0], octets[1]);
    }
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int k = 2 * chunk + half;
      const std::uint32_t there = kWhole ? kOctetBytes<kType> : block.octet_bytes(k);
      if (there == 0) continue;
      const Octet<kType> octet = kWhole ? octets[half] : cut_group(octets[half], there);
      digest.add(octet, k);
      std::byte* const to = in_one_piece + 32 * kOctetBytes<kType> * k;
      store_group(
          output.pages == nullptr ? to : octet_at<kType>(output, block.octet + 32 * k + lane),
          there, octet);
    }
  }
  return slot.version == 1 ? block_checksum(output, block) : digest.share();
}

/// Copies a block of a stored frame; returns this lane's share of the digest. Called by one whole
/// warp.
template <ElementType kType>
__device__ inline std::uint64_t copy_block(const std::byte* frame, std::uint32_t version,
                                           const RankedBlock<kType>& block,
                                           const GroupMemory<std::byte>& output) {
  const std::uint32_t lane = threadIdx.x % 32;
  BlockDigest<kType> digest(block.octet + lane);
  const std::byte* const elements = frame + kHeaderBytes;
#pragma unroll
  for (int k = 0; k < 8; ++k) {
    const std::uint32_t bytes = block.octet_bytes(k);
    if (bytes == 0) continue;
    const std::uint32_t octet = block.octet + 32 * k + lane;
    const auto raw =
        load_group<Octet<kType>>(elements + std::uint64_t{octet} * kOctetBytes<kType>, bytes);
    digest.add(raw, k);
    store_group(octet_at<kType>(output, octet), bytes, raw);
  }
  return version == 1 ? block_checksum(output, block) : digest.share();
}

/// Takes tiles from the ring; each warp puts one block of a tile together. Run by all warps but the
/// one that brings.
template <ElementType kType>
__device__ inline void join_blocks(const Jobs<DecodeJob>& jobs, DecodeState* states,
                                   RankedDecodeShared<kType>& shared) {
  const std::uint32_t lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  std::uint32_t job = 0;
  std::uint64_t share = 0;  // part of the job's digest
  for (Ring<kRankedDecodeSlots>::Place place;; ++place) {
    const RankedSlot<kType>& slot = shared.slots[place.slot];
    shared.ring.await_full(place);
    if (slot.job == kNoJob) break;
    if (slot.job != job) {
      states[job].digest.add(share);
      share = 0;
      job = slot.job;
    }
    const RankedBlock<kType> block(jobs.get(job, &DecodeJob::elements),
                                   slot.in_job * kBlocksPerTile + warp);
    const GroupMemory<std::byte> output = jobs.get(job, &DecodeJob::output);
    if (slot.work == TileWork::copy) {
      share += copy_block<kType>(jobs.get(job, &DecodeJob::frame), slot.version, block, output);
    } else if (slot.work == TileWork::join && block.elements > 0) {
      const std::uint32_t from = warp == 0 ? 0 : slot.ends[warp - 1], to = slot.ends[warp];
      const bool last = warp == kRankedWarps - 1 || block.last;
      if (from > to || (last ? to != slot.words : to > slot.words)) {
        states[job].raise(FrameFault::tile_ends);
      } else if (slot.frame_stream != nullptr) {
        share += join_block<kType, false, false>(slot, block, slot.frame_stream + from, to - from,
                                                 output, states[job]);
      } else {
        const std::uint32_t* const stream = slot.stream + slot.skew + from;
        share += block.whole() ? join_block<kType, true, true>(slot, block, stream, to - from,
                                                               output, states[job])
                               : join_block<kType, true, false>(slot, block, stream, to - from,
                                                                output, states[job]);
      }
    }
    __syncwarp();
    if (lane == 0) shared.ring.empty[place.slot].arrive();
  }
  states[job].digest.add(share);
}

template <ElementType kType>
static __global__ void __launch_bounds__(kRankedDecodeThreads, kRankedDecodeBlocks)
    decode_ranked_tiles(const __grid_constant__ Jobs<DecodeJob> jobs, std::uint32_t tile_count,
                        ExpectedKinds expected, DecodeState* states, std::uint32_t* ticket) {
  extern __shared__ __align__(128) std::byte dynamic[];
  auto& shared = *reinterpret_cast<RankedDecodeShared<kType>*>(dynamic);
  if (threadIdx.x == 0) shared.ring.init(Barrier::kCopyArrivals, kRankedWarps);
  __syncthreads();
  if (!expected.splitzip) await_launch_before();  // else it runs beside the kernel of those
  allow_launch_after();
  if (threadIdx.x < kRankedThreads) {
    join_blocks<kType>(jobs, states, shared);
  } else {
    bring_ranked_tiles<kType>(jobs, tile_count, expected, states, ticket, shared);
  }
  await_launch_before();  // so that the launch after this one waits for both
}

}  // namespace splitbench
