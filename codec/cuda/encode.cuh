#pragma once
#include <cstdint>
#include <cub/warp/warp_reduce.cuh>
#include <cub/warp/warp_scan.cuh>
#include <cuda/atomic>

#include "codec/codec.hpp"
#include "codec/cuda/tile.cuh"

namespace splitbench {

// Encoding in one pass. A block takes the next tile, writes its codes and bytes, and learns from
// the tiles before it where its escapes belong (decoupled look-back, Merrill and Garland 2016), so
// that frames are the same in every run. What turns out not to shrink is stored by finish_frames.

struct EncodeJob {
  const std::uint16_t* input;
  std::uint64_t elements;
  std::byte* output;
  Codebook codebook;
  std::uint32_t first_tile;
  FrameKind attempt;  ///< stored; or SplitZip, unless there prove to be too many escapes
};

/// What the tiles of a call have announced, a word each (zero at first): a tile's own escapes, then
/// those of its job up to the tile's end.
struct TileCounts {
  static constexpr std::uint64_t kOwn = std::uint64_t{1} << 62;
  static constexpr std::uint64_t kUpToEnd = std::uint64_t{2} << 62;
  static constexpr std::uint64_t kCount = kOwn - 1;

  std::uint64_t* words;

  __device__ cuda::atomic_ref<std::uint64_t, cuda::thread_scope_device> at(
      std::int64_t tile) const {
    return cuda::atomic_ref<std::uint64_t, cuda::thread_scope_device>(words[tile]);
  }

  /// Announces a tile's escapes and returns those of its job before it. Called by one whole warp;
  /// the tiles before have been taken by blocks that run, so the wait ends.
  __device__ std::uint64_t announce(std::uint32_t tile, std::uint32_t first_tile,
                                    std::uint64_t own) const {
    using Reduce = cub::WarpReduce<std::uint64_t>;
    __shared__ typename Reduce::TempStorage storage;
    const int lane = threadIdx.x % 32;
    if (lane == 0) at(tile).store(kOwn | own, cuda::memory_order_relaxed);
    std::uint64_t before = 0;
    for (std::int64_t nearest = std::int64_t{tile} - 1;; nearest -= 32) {
      const std::int64_t mine = nearest - lane;
      std::uint64_t word = kUpToEnd;  // nothing lies before a job's first tile
      do {
        if (mine >= first_tile) word = at(mine).load(cuda::memory_order_relaxed);
      } while (__any_sync(~0u, word == 0));
      const unsigned complete = __ballot_sync(~0u, word >= kUpToEnd);
      const bool counts = complete == 0 || lane < __ffs(complete);
      before += Reduce(storage).Sum(counts ? word & kCount : 0);
      __syncwarp();
      if (complete != 0) break;
    }
    before = __shfl_sync(~0u, before, 0);
    if (lane == 0) at(tile).store(kUpToEnd | (before + own), cuda::memory_order_relaxed);
    return before;
  }
};

/// Writes 8 elements' codes and bytes; returns which of them escape, a bit each.
__device__ inline unsigned split_group(uint4 group, const std::uint8_t* code_of, std::byte* codes,
                                       std::byte* sign_mantissas) {
  const unsigned words[4] = {group.x, group.y, group.z, group.w};
  unsigned packed = 0;
  unsigned escaped = 0;
  unsigned bytes[4];
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const unsigned low = code_of[words[i] >> 7 & 0xff];
    const unsigned high = code_of[words[i] >> 23 & 0xff];
    packed |= (low & 0xf) << 8 * i | (high & 0xf) << (8 * i + 4);
    escaped |= low >> 4 << 2 * i | high >> 4 << (2 * i + 1);
    bytes[i] = (words[i] >> 8 & 0x00800080) | (words[i] & 0x007f007f);
  }
  *reinterpret_cast<unsigned*>(codes) = packed;
  *reinterpret_cast<uint2*>(sign_mantissas) = {__byte_perm(bytes[0], bytes[1], 0x6420),
                                               __byte_perm(bytes[2], bytes[3], 0x6420)};
  return escaped;
}

/// Writes a warp's escapes from `index` on, in the order of elements. Bits 8r..8r+7 of `escaped`
/// are round r's.
__device__ inline void write_escapes(const EncodeJob& job, std::uint64_t tile_first,
                                     std::uint64_t escaped, std::byte* section,
                                     std::uint64_t index) {
  using Scan = cub::WarpScan<unsigned>;
  __shared__ typename Scan::TempStorage storage[kWarps];
  const std::uint64_t capacity = escape_capacity(job.elements);
  for (int round = 0; round < kRounds; ++round) {
    unsigned mine = escaped >> 8 * round & 0xff;
    if (!__any_sync(~0u, mine != 0)) continue;
    unsigned rank, total;
    Scan(storage[threadIdx.x / 32]).ExclusiveSum(__popc(mine), rank, total);
    __syncwarp();
    for (std::uint64_t next = index + rank; mine != 0 && next < capacity;
         ++next, mine &= mine - 1) {
      const unsigned position = group_of(round) * kGroupElements + __ffs(mine) - 1;
      std::byte* const escape = section + kEscapeBytes * next;
      escape[0] = static_cast<std::byte>(position);
      escape[1] = static_cast<std::byte>(position >> 8);
      escape[2] = static_cast<std::byte>(exponent(job.input[tile_first + position]));
    }
    index += total;
  }
}

/// A block a tile. `sums` are the jobs' digests, `ticket` the tiles taken so far; all start at
/// zero.
static __global__ void __launch_bounds__(kThreads)
    encode_tiles(const EncodeJob* jobs, std::uint32_t job_count, TileCounts counts,
                 std::uint64_t* sums, std::uint32_t* ticket) {
  __shared__ std::uint32_t taken, found;
  if (threadIdx.x == 0) {
    taken = atomicAdd(ticket, 1);
    found = job_of(jobs, job_count, taken);
  }
  __syncthreads();
  const std::uint32_t tile = taken;
  const EncodeJob& job = jobs[found];
  const std::uint64_t elements = job.elements;
  const std::uint64_t first = (tile - job.first_tile) * kTileElements;

  uint4 groups[kRounds];
#pragma unroll
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t element = first + group_of(round) * kGroupElements;
    groups[round] = load_group(job.input + element, available(elements, element, kGroupElements));
  }

  std::uint64_t share = 0;
#pragma unroll
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t element = first + group_of(round) * kGroupElements;
    share += digest_of(groups[round], available(elements, element, kGroupElements), element);
  }
  add_digest(share, sums + found);

  if (job.attempt == FrameKind::stored) {
#pragma unroll
    for (int round = 0; round < kRounds; ++round) {
      const std::uint64_t element = first + group_of(round) * kGroupElements;
      if (element < elements)
        *reinterpret_cast<uint4*>(job.output + kHeaderBytes + 2 * element) = groups[round];
    }
    return;
  }

  __shared__ std::uint8_t code_of[256];
  __shared__ std::uint32_t warp_escapes[kWarps];
  __shared__ std::uint64_t before;
  static_assert(kThreads == 256, "a thread an entry");
  code_of[threadIdx.x] = 0x10;  // no code
  __syncthreads();
  if (threadIdx.x < 16) code_of[job.codebook.exponents[threadIdx.x]] = threadIdx.x;
  __syncthreads();

  const FrameLayout layout = splitzip_layout(elements, 0);
  std::uint64_t escaped = 0;
#pragma unroll
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t element = first + group_of(round) * kGroupElements;
    const std::uint32_t count = available(elements, element, kGroupElements);
    if (count == 0) continue;
    const unsigned all =
        split_group(groups[round], code_of, job.output + layout.codes + element / 2,
                    job.output + layout.sign_mantissa + element);
    escaped |= std::uint64_t{all & ((1u << count) - 1)} << 8 * round;
  }

  const int warp = threadIdx.x / 32;
  const unsigned in_warp = __reduce_add_sync(~0u, __popcll(escaped));
  if (threadIdx.x % 32 == 0) warp_escapes[warp] = in_warp;
  __syncthreads();
  std::uint32_t earlier_warps = 0;
  std::uint32_t in_tile = 0;
#pragma unroll
  for (int i = 0; i < kWarps; ++i) {
    if (i < warp) earlier_warps += warp_escapes[i];
    in_tile += warp_escapes[i];
  }
  if (warp == 0) {
    const std::uint64_t found_before = counts.announce(tile, job.first_tile, in_tile);
    if (threadIdx.x == 0) {
      before = found_before;
      reinterpret_cast<std::uint32_t*>(job.output + layout.tile_ends)[tile - job.first_tile] =
          static_cast<std::uint32_t>(found_before + in_tile);
    }
  }
  __syncthreads();
  if (in_warp > 0)
    write_escapes(job, first, escaped, job.output + layout.escapes, before + earlier_warps);
}

__device__ inline void zero(std::byte* frame, std::uint64_t begin, std::uint64_t end) {
  for (std::uint64_t i = begin + threadIdx.x; i < end; i += blockDim.x) frame[i] = std::byte{0};
}

/// A column of blocks a job: its first block writes padding, header and result; if the job's
/// escapes made a SplitZip frame too long, all of them store the elements over it.
static __global__ void __launch_bounds__(kThreads)
    finish_frames(const EncodeJob* jobs, TileCounts counts, const std::uint64_t* sums,
                  EncodedFrame* results) {
  const EncodeJob& job = jobs[blockIdx.x];
  const std::uint64_t n = job.elements;
  std::uint64_t escapes = 0;
  if (job.attempt == FrameKind::splitzip) {
    escapes = counts.words[job.first_tile + tiles(n) - 1] & TileCounts::kCount;
  }
  const FrameKind kind = frame_kind(job.attempt, n, escapes);
  if (kind != job.attempt) {
    const std::uint64_t stride = std::uint64_t{gridDim.y} * kThreads * kGroupElements;
    const std::uint64_t begin =
        (std::uint64_t{blockIdx.y} * kThreads + threadIdx.x) * kGroupElements;
    for (std::uint64_t element = begin; element < n; element += stride) {
      *reinterpret_cast<uint4*>(job.output + kHeaderBytes + 2 * element) =
          load_group(job.input + element, available(n, element, kGroupElements));
    }
  }
  if (blockIdx.y != 0) return;
  if (kind == FrameKind::splitzip) {
    const FrameLayout layout = splitzip_layout(n, escapes);
    zero(job.output, layout.codes + (n + 1) / 2, layout.sign_mantissa);
    zero(job.output, layout.sign_mantissa + n, layout.tile_ends);
    zero(job.output, layout.tile_ends + 4 * tiles(n), layout.escapes);
    zero(job.output, layout.escapes + kEscapeBytes * escapes, layout.end);
  }
  if (threadIdx.x != 0) return;
  const FrameHeader header = make_header(kind, n, escapes, job.codebook, sums[blockIdx.x]);
  *reinterpret_cast<FrameHeader*>(job.output) = header;
  results[blockIdx.x] = {.frame_bytes = header.frame_bytes,
                         .escapes = header.escapes,
                         .digest = header.digest,
                         .kind = kind};
}

}  // namespace splitbench
