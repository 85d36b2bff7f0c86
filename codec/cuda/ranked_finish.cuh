#pragma once
#include <cstdint>

#include "codec/cuda/finish.cuh"
#include "codec/cuda/ranked_encode.cuh"
#include "codec/ranked_sections.hpp"

namespace splitbench {

/// Writes a block's stream of any length, by a warp, with `words` of shared memory that are zero
/// before and after.
__device__ inline void finish_block(const RankedEncodeJob& job, std::uint32_t number,
                                    std::uint32_t* stream, const std::uint8_t* entries,
                                    std::uint32_t* words) {
  const std::uint32_t lane = threadIdx.x % 32;
  const RankedBlock block(job.elements, number);
  const auto group_at = [&](int k) {
    const std::uint32_t bytes = block.group_bytes(k);
    if (bytes == 0) return uint4{};
    return load_group(job.input.at(block.group + 32 * k + lane), bytes);
  };
  LaneCodes codes;
  encode_lane<false>(group_at, block, job.window, entries, job.plane, job.first_level, codes);
  const LanePlaces places(codes);
  const auto exponent = [&](int chunk, int word, int column) {
    const uint4 group = group_at(2 * chunk + word % 2);
    const unsigned pair = column == 0   ? group.x
                          : column == 1 ? group.y
                          : column == 2 ? group.z
                                        : group.w;
    return pair >> (16 * (word / 2) + 7) & 0xff;
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

/// Writes the streams that were too long to be staged, by all blocks of a job.
__device__ inline void finish_streams(const RankedEncodeJob& job, std::uint8_t* entries,
                                      std::uint32_t (*staged)[kStagedWords]) {
  const std::uint32_t warp = threadIdx.x / 32;
  for (std::uint32_t i = threadIdx.x % 32; i < kStagedWords; i += 32) staged[warp][i] = 0;
  if (warp == 0) fill_entries(job.codebook, entries);
  __syncthreads();
  const auto blocks = static_cast<std::uint32_t>(ranked_blocks(job.elements));
  constexpr std::uint32_t kFinishWarps = kFinishThreads / 32;
  for (std::uint32_t block = blockIdx.y * kFinishWarps + warp; block < blocks;
       block += gridDim.y * kFinishWarps) {
    const std::uint32_t begin = block % kBlocksPerTile == 0 ? 0 : job.block_ends[block - 1];
    const std::uint32_t tile = block / kBlocksPerTile;
    const std::uint32_t before = tile == 0 ? 0 : job.tile_ends[tile - 1];
    if (job.block_ends[block] - begin > kStagedWords)
      finish_block(job, block, job.stream + before + begin, entries, staged[warp]);
  }
}

/// What finish_frames is for encode_tiles; and it writes the streams that were not staged.
static __global__ void __launch_bounds__(kFinishThreads)
    finish_ranked_frames(const __grid_constant__ Jobs<RankedEncodeJob> jobs,
                         EncodeScratch scratch) {
  __shared__ FrameHeader header;
  __shared__ std::uint32_t staged[kFinishThreads / 32][kStagedWords];
  __shared__ __align__(8) std::uint8_t entries[256];
  constexpr ElementType kType = ElementType::bf16;
  const RankedEncodeJob& job = *jobs.at(blockIdx.x);
  const std::uint64_t n = job.elements;
  const std::uint64_t raw_bytes = n * element_bytes(kType);
  await_launch_before();
  const std::uint64_t words = scratch.tails[blockIdx.x] % kUnstaged;
  const bool ranked = words <= job.capacity;
  const std::uint32_t thread = blockIdx.y * kFinishThreads + threadIdx.x;
  const std::uint32_t threads = gridDim.y * kFinishThreads;
  for (std::uint32_t tile = thread; tile < tiles(n); tile += threads)
    scratch.tile_counts[job.first_tile + tile] = 0;
  if (!ranked) {
    store_elements<kType>(job.input, raw_bytes, job.output, thread, threads);
  } else if (scratch.tails[blockIdx.x] >= kUnstaged) {
    finish_streams(job, entries, staged);
  }
  if (blockIdx.y != 0) return;
  if (threadIdx.x < 32) {
    const std::uint64_t digest = scratch.digests[blockIdx.x].take();
    if (threadIdx.x == 0) {
      if (blockIdx.x == 0) *scratch.ticket = 0;
      const FrameKind kind = ranked ? FrameKind::ranked : FrameKind::stored;
      header = unsigned_header(kind, n, words, job.codebook, job.codebook_id, digest);
      *job.result = {
          .frame_bytes = header.frame_bytes, .escapes = 0, .digest = digest, .kind = kind};
    }
    __syncwarp();
    write_header(header, job.output);
  }
  if (ranked) {
    for (const Padding padding : ranked_paddings(kType, n, words))
      zero(job.output, padding.begin, padding.end);
  } else {
    zero(job.output, kHeaderBytes + raw_bytes, stored_frame_bytes(kType, n));
  }
}

}  // namespace splitbench
