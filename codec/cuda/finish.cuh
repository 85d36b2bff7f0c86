#pragma once
#include <cstddef>
#include <cstdint>

#include "codec/cpu/sections.hpp"
#include "codec/cuda/jobs.cuh"
#include "codec/cuda/splitzip/frame_jobs.cuh"
#include "codec/cuda/splitzip/tile.cuh"

namespace splitbench {

__device__ inline void zero(std::byte* frame, std::uint64_t begin, std::uint64_t end) {
  for (std::uint64_t i = begin + threadIdx.x; i < end; i += blockDim.x) frame[i] = std::byte{0};
}

/// Writes the header with its checksum, a word in each lane. Called by one whole warp.
__device__ inline void write_header(const FrameHeader& header, std::byte* frame) {
  constexpr int kWords = kHeaderBytes / 8;
  constexpr int kChecksum = offsetof(FrameHeader, checksum) / 8;
  const int lane = threadIdx.x % 32;
  std::uint64_t word = lane < kWords ? reinterpret_cast<const std::uint64_t*>(&header)[lane] : 0;
  std::uint64_t checksum = lane < kWords ? mix(word, lane) : 0;
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2)
    checksum += __shfl_xor_sync(~0u, checksum, distance);
  if (lane == kChecksum) word = checksum;
  if (lane < kWords) reinterpret_cast<std::uint64_t*>(frame)[lane] = word;
}

inline constexpr int kFinishThreads = 256;

/// Stores a tensor's elements behind the header. `threads` threads share the work.
template <ElementType kType>
__device__ inline void store_elements(const GroupMemory<const std::byte>& input,
                                      std::uint64_t raw_bytes, std::byte* frame,
                                      std::uint32_t thread, std::uint32_t threads) {
  auto* const stored = reinterpret_cast<uint4*>(frame + kHeaderBytes);
  for (std::uint64_t group = thread; group * kGroupBytes < raw_bytes; group += threads) {
    const std::uint32_t bytes = available(raw_bytes, group * kGroupBytes, kGroupBytes);
    stored[group] = load_group(input.at(static_cast<std::uint32_t>(group)), bytes);
  }
}

/// Writes a frame's header and padding, and the job's result. Called by one whole block. `kCoded`
/// is the kind that was attempted beside stored frames, `tail` the number of units in its last
/// section; `digest` need be given to the first thread only.
template <ElementType kType, FrameKind kCoded, typename Job>
__device__ inline void finish_frame(const Job& job, FrameKind kind, std::uint64_t tail,
                                    std::uint64_t digest, FrameHeader& header) {
  if (threadIdx.x < 32) {
    if (threadIdx.x == 0) {
      header = unsigned_header(kind, job.elements, tail, job.codebook, job.codebook_id, digest);
      *job.result = {.frame_bytes = header.frame_bytes,
                     .escapes = header.escapes,
                     .digest = digest,
                     .kind = kind};
    }
    __syncwarp();
    write_header(header, job.output);
  }
  if (kind == FrameKind::stored) {
    zero(job.output, kHeaderBytes + job.elements * element_bytes(kType),
         stored_frame_bytes(kType, job.elements));
    return;
  }
  for (const Padding padding : kCoded == FrameKind::ranked
                                   ? ranked_paddings(kType, job.elements, tail)
                                   : paddings(kType, job.elements, tail))
    zero(job.output, padding.begin, padding.end);
}

/// Takes a job's digest in the first warp of its first block, for finish_frame. Called before
/// anything waits for the job's tail, so that the two come from memory together.
__device__ inline std::uint64_t take_digest(const EncodeScratch& scratch) {
  return blockIdx.y == 0 && threadIdx.x < 32 ? scratch.digests[blockIdx.x].take() : 0;
}

/// Clears the counts of a job's tiles for the next call. `threads` threads share the work.
template <typename Job>
__device__ inline void clear_counts(const Job& job, const EncodeScratch& scratch,
                                    std::uint32_t thread, std::uint32_t threads) {
  for (std::uint32_t tile = thread; tile < tiles(job.elements); tile += threads)
    scratch.tile_counts[job.first_tile + tile] = 0;
}

/// Finishes frames by a column of blocks for each job: its first block writes padding, header and
/// result; if the job's escapes made a SplitZip frame too long, all of them store the elements over
/// it. They also clear the scratch.
template <ElementType kType>
static __global__ void __launch_bounds__(kFinishThreads)
    finish_frames(const __grid_constant__ Jobs<EncodeJob> jobs, EncodeScratch scratch) {
  __shared__ FrameHeader header;
  const EncodeJob& job = *jobs.at(blockIdx.x);
  const std::uint64_t raw_bytes = job.elements * element_bytes(kType);
  const bool attempted = job.attempt == FrameKind::splitzip;
  allow_launch_after();
  await_launch_before();
  const std::uint64_t escapes = attempted ? scratch.tails[blockIdx.x] : 0;
  const std::uint64_t digest = take_digest(scratch);
  const FrameKind kind = frame_kind(job.attempt, kType, job.elements, escapes);
  const std::uint32_t thread = blockIdx.y * kFinishThreads + threadIdx.x;
  const std::uint32_t threads = gridDim.y * kFinishThreads;
  if (attempted) clear_counts(job, scratch, thread, threads);
  if (kind != job.attempt) store_elements<kType>(job.input, raw_bytes, job.output, thread, threads);
  if (blockIdx.y != 0) return;
  if (blockIdx.x == 0 && threadIdx.x == 0) *scratch.ticket = 0;
  finish_frame<kType, FrameKind::splitzip>(job, kind, escapes, digest, header);
}

}  // namespace splitbench
