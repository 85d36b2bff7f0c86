#pragma once
#include <cstdint>

#include "codec/cuda/finish.cuh"
#include "codec/cuda/ranked/ranked_block.cuh"

namespace splitbench {

/// Writes a block's stream of any length. Called by one whole warp; the kStagedWords `words` of
/// shared memory are zero before and after.
template <ElementType kType>
__device__ inline void finish_block(const RankedEncodeJob& job, std::uint32_t number,
                                    std::uint32_t* stream, const EntryTable<kType>& table,
                                    std::uint32_t* words) {
  const std::uint32_t lane = threadIdx.x % 32;
  const RankedBlock<kType> block(job.elements, number);
  const auto address_of = [&](int k) {
    return octet_at<kType>(job.input, block.octet + 32 * k + lane);
  };
  const auto octet_of = [&](int k) {
    const std::uint32_t bytes = block.octet_bytes(k);
    return bytes == 0 ? Octet<kType>{} : load_group<Octet<kType>>(address_of(k), bytes);
  };
  const RankEntries<kType> entries(job.window, table);
  LaneCodes<kType> codes;
  encode_lane<kType, false>(octet_of, block, entries, job.planes, job.first_level, codes);
  const LanePlaces places(codes);
  const auto exponent = [&](int chunk, int word, int column) {
    return exponent_in<kType>(
        reinterpret_cast<const Octet<kType>*>(address_of(2 * chunk + word % 2)), word, column);
  };
  for (std::uint32_t begin = 0; begin < places.words; begin += kStagedWords) {
    place_codes(codes, places, exponent, words, begin);
    __syncwarp();
    for (std::uint32_t at = lane; at < kStagedWords; at += 32) {
      if (begin + at < places.words) stream[begin + at] = words[at];
      words[at] = 0;
    }
    __syncwarp();
  }
}

/// Writes a job's streams that were too long to be staged. Called by all blocks of the job.
template <ElementType kType>
__device__ inline void finish_streams(const RankedEncodeJob& job, EntryTable<kType>& table,
                                      std::uint32_t (*staged)[kStagedWords]) {
  const std::uint32_t warp = threadIdx.x / 32;
  for (std::uint32_t i = threadIdx.x % 32; i < kStagedWords; i += 32) staged[warp][i] = 0;
  if (warp == 0) table.fill(job.codebook);
  __syncthreads();
  const auto blocks = static_cast<std::uint32_t>(ranked_blocks(job.elements));
  constexpr std::uint32_t kFinishWarps = kFinishThreads / 32;
  for (std::uint32_t block = blockIdx.y * kFinishWarps + warp; block < blocks;
       block += gridDim.y * kFinishWarps) {
    const std::uint32_t begin = block % kBlocksPerTile == 0 ? 0 : job.block_ends[block - 1];
    const std::uint32_t tile = block / kBlocksPerTile;
    const std::uint32_t before = tile == 0 ? 0 : job.tile_ends[tile - 1];
    if (job.block_ends[block] - begin > kStagedWords)
      finish_block<kType>(job, block, job.stream + before + begin, table, staged[warp]);
  }
}

/// Finishes the frames of encode_ranked_tiles as finish_frames does those of encode_tiles; and it
/// writes the streams that were not staged.
template <ElementType kType>
static __global__ void __launch_bounds__(kFinishThreads)
    finish_ranked_frames(const __grid_constant__ Jobs<RankedEncodeJob> jobs,
                         EncodeScratch scratch) {
  __shared__ FrameHeader header;
  __shared__ std::uint32_t staged[kFinishThreads / 32][kStagedWords];
  __shared__ EntryTable<kType> table;
  const RankedEncodeJob& job = *jobs.at(blockIdx.x);
  const std::uint64_t raw_bytes = job.elements * element_bytes(kType);
  allow_launch_after();
  await_launch_before();
  const std::uint64_t tail = scratch.tails[blockIdx.x];
  const std::uint64_t words = tail % kUnstaged;
  const FrameKind kind = words <= job.capacity ? FrameKind::ranked : FrameKind::stored;
  const std::uint32_t thread = blockIdx.y * kFinishThreads + threadIdx.x;
  const std::uint32_t threads = gridDim.y * kFinishThreads;
  clear_counts(job, scratch, thread, threads);
  if (kind == FrameKind::stored) {
    store_elements<kType>(job.input, raw_bytes, job.output, thread, threads);
  } else if (tail >= kUnstaged) {
    finish_streams<kType>(job, table, staged);
  }
  if (blockIdx.y != 0) return;
  if (blockIdx.x == 0 && threadIdx.x == 0) *scratch.ticket = 0;
  finish_frame<kType, FrameKind::ranked>(job, kind, words, take_digest(scratch), header);
}

}  // namespace splitbench
