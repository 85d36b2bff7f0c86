#pragma once
#include <cstdint>

#include "codec/cuda/cuda_codec.hpp"
#include "codec/cuda/tile.cuh"

namespace splitbench {

// Decoding in one pass, after a look at the headers. Sections are found by the sizes that the
// checked header and the task agree on, never by what stands in the sections, so that a hostile
// frame can spoil its own output only.

struct DecodeJob {
  const std::byte* frame;
  std::uint64_t frame_bytes;
  std::uint16_t* output;
  std::uint64_t elements;
  std::uint32_t first_tile;
};

/// What is known of a frame while it is decoded. `sum` is the digest so far.
struct DecodeState {
  FrameHeader header;  ///< a copy: the frame may lie where others can write
  std::uint64_t sum;
  std::uint32_t first_fault;  ///< the first of FrameFault's list that was met; kNoFault before
  bool readable;              ///< the header is right, so that the sections are where it says
};

inline constexpr std::uint32_t kNoFault = ~0u;

__device__ inline void raise(DecodeState& state, FrameFault fault) {
  atomicMin(&state.first_fault, static_cast<std::uint32_t>(fault));
}

__device__ inline FrameFault check_task(const DecodeJob& job, FrameHeader& header) {
  if (job.frame_bytes < kHeaderBytes) return FrameFault::length;
  header = *reinterpret_cast<const FrameHeader*>(job.frame);
  const FrameFault fault = check_header(header);
  if (fault != FrameFault::none) return fault;
  if (header.elements != job.elements) return FrameFault::elements;
  return header.frame_bytes == job.frame_bytes ? FrameFault::none : FrameFault::length;
}

__device__ inline void require_zero(const std::byte* frame, std::uint64_t begin, std::uint64_t end,
                                    DecodeState& state) {
  for (std::uint64_t i = begin + threadIdx.x; i < end; i += blockDim.x) {
    if (frame[i] != std::byte{0}) raise(state, FrameFault::padding);
  }
}

/// A block a job: header, padding, and that the last tile ends with the last escape.
static __global__ void check_frames(const DecodeJob* jobs, DecodeState* states) {
  const DecodeJob& job = jobs[blockIdx.x];
  DecodeState& state = states[blockIdx.x];
  if (threadIdx.x == 0) {
    state.sum = 0;
    const FrameFault fault = check_task(job, state.header);
    state.readable = fault == FrameFault::none;
    state.first_fault = state.readable ? kNoFault : static_cast<std::uint32_t>(fault);
  }
  __syncthreads();
  if (!state.readable) return;
  const std::uint64_t n = job.elements;
  if (state.header.kind == FrameKind::stored) {
    require_zero(job.frame, kHeaderBytes + 2 * n, job.frame_bytes, state);
    return;
  }
  const FrameLayout layout = splitzip_layout(n, state.header.escapes);
  require_zero(job.frame, layout.codes + (n + 1) / 2, layout.sign_mantissa, state);
  require_zero(job.frame, layout.sign_mantissa + n, layout.tile_ends, state);
  require_zero(job.frame, layout.tile_ends + 4 * tiles(n), layout.escapes, state);
  require_zero(job.frame, layout.escapes + kEscapeBytes * state.header.escapes, layout.end, state);
  if (threadIdx.x != 0) return;
  const bool high_code = n % 2 == 1 && job.frame[layout.codes + n / 2] >= std::byte{0x10};
  if (high_code) raise(state, FrameFault::padding);
  const auto* const tile_ends =
      reinterpret_cast<const std::uint32_t*>(job.frame + layout.tile_ends);
  if (tile_ends[tiles(n) - 1] != state.header.escapes) raise(state, FrameFault::tile_ends);
}

/// A tile's escapes, spread out: which elements, and by element their exponents.
struct TileEscapes {
  std::uint32_t mask[kTileElements / 32];
  std::uint8_t exponents[kTileElements];

  /// The 8 bits of a group.
  __device__ unsigned of_group(std::uint32_t group) const {
    return mask[group / 4] >> group % 4 * 8 & 0xff;
  }
};

__device__ inline unsigned position_of(const std::byte* escape) {
  return static_cast<unsigned>(escape[0]) | static_cast<unsigned>(escape[1]) << 8;
}

__device__ inline bool has_code(const Codebook& codebook, std::uint8_t exponent) {
  for (const std::uint8_t coded : codebook.exponents) {
    if (coded == exponent) return true;
  }
  return false;
}

/// Fills `tile` with escapes [begin, end), by the whole block. Wrong ones are reported and left
/// out.
__device__ inline void spread_escapes(const std::byte* section, std::uint32_t begin,
                                      std::uint32_t end, std::uint32_t tile_elements,
                                      DecodeState& state, TileEscapes& tile) {
  for (int i = threadIdx.x; i < kTileElements / 32; i += kThreads) tile.mask[i] = 0;
  __syncthreads();
  for (std::uint64_t i = std::uint64_t{begin} + threadIdx.x; i < end; i += kThreads) {
    const std::byte* const escape = section + kEscapeBytes * i;
    const unsigned position = position_of(escape);
    const auto exponent = static_cast<std::uint8_t>(escape[2]);
    const bool ascends = i == begin || position_of(escape - kEscapeBytes) < position;
    if (has_code(state.header.codebook, exponent)) raise(state, FrameFault::escape_exponent);
    if (!ascends || position >= tile_elements) {
      raise(state, FrameFault::escape_position);
      continue;
    }
    atomicOr(&tile.mask[position / 32], 1u << position % 32);
    tile.exponents[position] = exponent;
  }
  __syncthreads();
}

/// 8 elements from their codes and bytes; `exponent_of` holds exponents already shifted into their
/// place.
__device__ inline uint4 join_group(unsigned codes, uint2 sign_mantissas,
                                   const std::uint32_t* exponent_of) {
  unsigned words[4];
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const unsigned pair = (i < 2 ? sign_mantissas.x : sign_mantissas.y) >> 16 * (i % 2);
    const unsigned bytes = (pair & 0xff) | (pair & 0xff00) << 8;
    const unsigned low = exponent_of[codes >> 8 * i & 0xf];
    const unsigned high = exponent_of[codes >> (8 * i + 4) & 0xf];
    words[i] = (bytes & 0x00800080) << 8 | (bytes & 0x007f007f) | low | high << 16;
  }
  return {words[0], words[1], words[2], words[3]};
}

/// Gives the escaped elements of a group their exponents. False if one of them has a code.
__device__ inline bool patch_group(uint4& group, unsigned escaped, unsigned codes,
                                   const std::uint8_t* exponents) {
  unsigned words[4] = {group.x, group.y, group.z, group.w};
  bool no_code = true;
#pragma unroll
  for (int i = 0; i < kGroupElements; ++i) {
    if ((escaped >> i & 1) == 0) continue;
    const int place = 16 * (i % 2) + 7;
    words[i / 2] = (words[i / 2] & ~(0xffu << place)) | unsigned{exponents[i]} << place;
    no_code = no_code && (codes >> 4 * i & 0xf) == 0;
  }
  group = {words[0], words[1], words[2], words[3]};
  return no_code;
}

/// Zeros for all but the first `count` elements.
__device__ inline uint4 cut_group(uint4 group, std::uint32_t count) {
  const auto keep = [count](unsigned word, unsigned index) {
    return count >= index + 2 ? word : count == index + 1 ? word & 0xffff : 0;
  };
  return {keep(group.x, 0), keep(group.y, 2), keep(group.z, 4), keep(group.w, 6)};
}

/// A block a tile.
static __global__ void __launch_bounds__(kThreads)
    decode_tiles(const DecodeJob* jobs, std::uint32_t job_count, DecodeState* states) {
  __shared__ std::uint32_t found;
  if (threadIdx.x == 0) found = job_of(jobs, job_count, blockIdx.x);
  __syncthreads();
  const DecodeJob& job = jobs[found];
  DecodeState& state = states[found];
  if (!state.readable) return;
  const std::uint64_t elements = job.elements;
  const std::uint32_t tile = blockIdx.x - job.first_tile;
  const std::uint64_t first = tile * kTileElements;
  std::uint64_t share = 0;

  if (state.header.kind == FrameKind::stored) {
#pragma unroll
    for (int round = 0; round < kRounds; ++round) {
      const std::uint64_t element = first + group_of(round) * kGroupElements;
      const std::uint32_t count = available(elements, element, kGroupElements);
      if (count == 0) continue;
      const uint4 raw = *reinterpret_cast<const uint4*>(job.frame + kHeaderBytes + 2 * element);
      const uint4 group = cut_group(raw, count);
      share += digest_of(group, count, element);
      store_group(job.output + element, count, group);
    }
    add_digest(share, &state.sum);
    return;
  }

  const FrameLayout layout = splitzip_layout(elements, state.header.escapes);
  unsigned codes[kRounds];
  uint2 bytes[kRounds];
#pragma unroll
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t element = first + group_of(round) * kGroupElements;
    if (element >= elements) continue;
    codes[round] = *reinterpret_cast<const unsigned*>(job.frame + layout.codes + element / 2);
    bytes[round] = *reinterpret_cast<const uint2*>(job.frame + layout.sign_mantissa + element);
  }

  __shared__ std::uint32_t begin, end;  // read once: every thread must see the same
  __shared__ std::uint32_t exponent_of[16];
  __shared__ TileEscapes escapes;
  const std::uint32_t tile_elements = available(elements, first, kTileElements);
  if (threadIdx.x == 0) {
    const auto* const tile_ends =
        reinterpret_cast<const std::uint32_t*>(job.frame + layout.tile_ends);
    begin = tile == 0 ? 0 : tile_ends[tile - 1];
    end = tile_ends[tile];
  }
  if (threadIdx.x < 16)
    exponent_of[threadIdx.x] = state.header.codebook.exponents[threadIdx.x] << 7;
  __syncthreads();
  if (begin > end || end > state.header.escapes || end - begin > tile_elements) {
    if (threadIdx.x == 0) raise(state, FrameFault::tile_ends);
    return;
  }
  spread_escapes(job.frame + layout.escapes, begin, end, tile_elements, state, escapes);

#pragma unroll
  for (int round = 0; round < kRounds; ++round) {
    const std::uint32_t in_tile = group_of(round);
    const std::uint64_t element = first + in_tile * kGroupElements;
    const std::uint32_t count = available(elements, element, kGroupElements);
    if (count == 0) continue;
    uint4 group = join_group(codes[round], bytes[round], exponent_of);
    const unsigned escaped = escapes.of_group(in_tile);
    if (escaped != 0 &&
        !patch_group(group, escaped, codes[round], escapes.exponents + in_tile * kGroupElements)) {
      raise(state, FrameFault::escape_code);
    }
    if (count < kGroupElements) group = cut_group(group, count);
    share += digest_of(group, count, element);
    store_group(job.output + element, count, group);
  }
  add_digest(share, &state.sum);
}

/// A thread a job: the digest, which comes last.
static __global__ void report_frames(const DecodeState* states, std::uint32_t job_count,
                                     DecodeStatus* results) {
  const std::uint32_t job = blockIdx.x * blockDim.x + threadIdx.x;
  if (job >= job_count) return;
  const DecodeState& state = states[job];
  FrameFault fault = FrameFault::none;
  if (state.first_fault != kNoFault) {
    fault = static_cast<FrameFault>(state.first_fault);
  } else if (state.sum != state.header.digest) {
    fault = FrameFault::digest;
  }
  results[job] = {.fault = fault, .digest = state.sum};
}

}  // namespace splitbench
