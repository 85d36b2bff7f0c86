#include <algorithm>
#include <cub/block/block_scan.cuh>

#include "codec/baselines/cuda/payload_kernels.cuh"
#include "codec/baselines/payload_layout.hpp"
#include "codec/cuda/device.cuh"

namespace splitbench {
namespace {

constexpr int kThreads = 256;
constexpr std::uint64_t kVector = 16;  // bytes that a thread moves at once
constexpr unsigned kBlocksAChunk = 4;  // a chunk of 64 KiB is four moves of each thread

using Scan = cub::BlockScan<std::uint64_t, kThreads>;

__device__ bool shrank(const GatherTask& task, std::size_t i) {
  return task.compressed_bytes[i] < task.seen_bytes[i];
}
__device__ std::uint64_t length_of(const GatherTask& task, std::size_t i) {
  return shrank(task, i) ? task.compressed_bytes[i] : task.seen_bytes[i];
}

/// Places each chunk after the sum of those before it, and writes lengths and gaps. Run by one
/// block.
__global__ void place_chunks(GatherTask task) {
  __shared__ typename Scan::TempStorage memory;
  std::uint64_t end = task.chunks_at;
  for (std::size_t first = 0; first < task.chunks; first += kThreads) {
    const std::size_t i = first + threadIdx.x;
    std::uint64_t bytes = 0, before = 0, sum = 0;
    if (i < task.chunks) {
      const auto length = static_cast<std::uint32_t>(length_of(task, i));
      reinterpret_cast<std::uint32_t*>(task.payload)[i] = length;
      bytes = PayloadLayout::aligned(length);
      if (task.statuses[i] != nvcompSuccess) task.outcome->status = task.statuses[i];
    }
    Scan(memory).ExclusiveSum(bytes, before, sum);
    if (i < task.chunks) task.places[i] = end + before;
    end += sum;
    __syncthreads();
  }
  for (std::size_t gap = threadIdx.x; gap < task.gaps; gap += kThreads)
    for (std::uint64_t at = task.gap_begins[gap]; at % PayloadLayout::kAlignment != 0; ++at)
      task.payload[at] = std::byte{0};
  if (threadIdx.x == 0) task.outcome->payload_bytes = end;
}

__device__ void copy_part(std::byte* to, const std::byte* from, std::uint64_t bytes, bool fill_up) {
  const std::uint64_t vectors = (bytes + kVector - 1) / kVector;
  for (std::uint64_t v = blockIdx.y * kThreads + threadIdx.x; v < vectors;
       v += kBlocksAChunk * kThreads) {
    const std::uint64_t at = v * kVector;
    if (at + kVector <= bytes) {
      *reinterpret_cast<uint4*>(to + at) = *reinterpret_cast<const uint4*>(from + at);
      continue;
    }
    for (std::uint64_t i = at; i < at + kVector; ++i) {
      if (i < bytes)
        to[i] = from[i];
      else if (fill_up)
        to[i] = std::byte{0};
    }
  }
}

__global__ void gather_chunks(GatherTask task) {
  const std::size_t i = blockIdx.x;
  const void* from = shrank(task, i) ? task.compressed[i] : task.seen[i];
  copy_part(task.payload + task.places[i], static_cast<const std::byte*>(from), length_of(task, i),
            true);
}

__global__ void copy_all(CopyTask task) {
  const std::size_t i = blockIdx.x;
  copy_part(static_cast<std::byte*>(task.to[i]), static_cast<const std::byte*>(task.from[i]),
            task.bytes[i], false);
}

__global__ void look_for_failure(std::size_t chunks, const nvcompStatus_t* statuses,
                                 const std::size_t* bytes, const std::size_t* expected,
                                 std::uint32_t* failed) {
  const std::size_t i = blockIdx.x * std::size_t{kThreads} + threadIdx.x;
  if (i < chunks && (statuses[i] != nvcompSuccess || bytes[i] != expected[i])) *failed = 1;
}

dim3 blocks_for(std::size_t chunks) {
  return {static_cast<unsigned>(chunks), kBlocksAChunk};
}

}  // namespace

void gather(const GatherTask& task, void* stream) {
  const auto to = static_cast<cudaStream_t>(stream);
  place_chunks<<<1, kThreads, 0, to>>>(task);
  check_launch("place_chunks");
  gather_chunks<<<blocks_for(task.chunks), kThreads, 0, to>>>(task);
  check_launch("gather_chunks");
}

void copy_chunks(const CopyTask& task, void* stream) {
  if (task.count == 0) return;
  copy_all<<<blocks_for(task.count), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(task);
  check_launch("copy_all");
}

void find_failure(std::size_t chunks, const nvcompStatus_t* statuses, const std::size_t* bytes,
                  const std::size_t* expected, std::uint32_t* failed, void* stream) {
  if (chunks == 0) return;
  const auto blocks = static_cast<unsigned>((chunks + kThreads - 1) / kThreads);
  look_for_failure<<<blocks, kThreads, 0, static_cast<cudaStream_t>(stream)>>>(
      chunks, statuses, bytes, expected, failed);
  check_launch("look_for_failure");
}

}  // namespace splitbench
