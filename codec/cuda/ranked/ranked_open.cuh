#pragma once
#include <cstdint>

#include "codec/cpu/sections.hpp"
#include "codec/cuda/open_frame.cuh"
#include "codec/cuda/splitzip/frame_jobs.cuh"
#include "codec/cuda/splitzip/octet.cuh"

namespace splitbench {

// Opening ranked frames, as open_frame.cuh does others. Everything here is called by one whole
// warp.

/// Returns whether the header's exponents are a codebook, and the one its id names.
template <ElementType kType>
__device__ inline bool ranks_fit_by_warp(const FrameHeader& header) {
  const unsigned lane = threadIdx.x % 32;
  constexpr unsigned kRanks = ranked_format(kType).ranks();
  const unsigned exponent = lane < 16 ? header.exponents[lane] : 0;
  // Lanes without a code get values that differ from one another.
  const unsigned same = __match_any_sync(~0u, lane < kRanks ? exponent : 256 + lane);
  const bool fits = lane < kRanks
                        ? __popc(same) == 1 && exponent < element_format(kType).exponents()
                        : exponent == 0;
  const auto* const words = reinterpret_cast<const std::uint64_t*>(&header.exponents);
  return __all_sync(~0u, fits) && header.codebook_id == codebook_id(words[0], words[1], kType);
}

/// Returns whether a ranked frame's header is right and of this task, as is_of_task does for
/// others.
template <ElementType kType>
__device__ inline bool is_ranked_of_task(const FrameHeader& header, const FoundFrame& found) {
  std::uint64_t reserved = header.escapes;
#pragma unroll
  for (const std::uint64_t word : header.reserved) reserved |= word;
  const std::uint64_t most_words = ranked_blocks(found.elements) * ranked_block_words(kType);
  const std::uint64_t bytes =
      ranked_layout(kType, found.elements, 0).end + padded(4 * header.stream_words);
  return header.magic == FrameHeader::kMagic && known_version(header.version) &&
         header.element_type == kType && header.code_bits == code_bits(FrameKind::ranked, kType) &&
         reserved == 0 && header.elements == found.elements && header.elements <= kMaxElements &&
         header.stream_words <= most_words && header.frame_bytes == found.frame_bytes &&
         header.frame_bytes == bytes && bytes < stored_frame_bytes(kType, found.elements);
}

/// Opens the frames that are left to this kernel, as open_frame does: ranked ones, and all others
/// if the call has no kernel for them.
template <ElementType kType>
__device__ inline void open_ranked_frame(const FoundFrame& found, ExpectedKinds expected,
                                         DecodeState& state, OpenFrame& frame) {
  const bool right = read_header<kType>(found, frame);
  const FrameHeader& header = frame.header;
  const bool ranked = found.frame_bytes >= kHeaderBytes && header.kind == FrameKind::ranked;
  const bool fits =
      ranked ? ranks_fit_by_warp<kType>(header) && is_ranked_of_task<kType>(header, found)
             : codebook_fits_by_warp<kType>(header) && header.kind == FrameKind::stored &&
                   is_of_task<kType>(header, found);
  if (threadIdx.x % 32 == 0) {
    state.expected = header.digest;
    frame.work = TileWork::skip;
    if (ranked || !expected.splitzip) {
      if (right && fits) {
        frame.work = ranked ? TileWork::join : TileWork::copy;
      } else {
        state.unreadable = 1;
      }
    }
  }
  __syncwarp();
}

/// Checks that a frame's padding is zero.
template <ElementType kType>
__device__ inline void check_ranked_padding(const DecodeJob& job, const FrameHeader& header,
                                            DecodeState& state) {
  if (header.kind == FrameKind::stored) {
    require_zero(job.frame, kHeaderBytes + element_bytes(kType) * job.elements, job.frame_bytes,
                 state);
    return;
  }
  const auto between = ranked_paddings(kType, job.elements, header.stream_words);
  for (const Padding padding : between) require_zero(job.frame, padding.begin, padding.end, state);
  if (threadIdx.x % 32 != 0) return;
#pragma unroll
  for (int plane = 0; plane < 2; ++plane) {
    require_zero_rest(job.frame, between[plane].begin, job.elements,
                      ranked_format(kType).plane_bits[plane], state);
  }
}

/// The ends of a tile's streams as the frame gives them: lane 0 has that of the tile before, lane 1
/// the tile's own, and lanes 0 to 7 those of the blocks.
struct StreamEnds {
  std::uint32_t tile = 0, block = 0;

  StreamEnds() = default;
  __device__ StreamEnds(const std::byte* frame, const RankedLayout& layout, std::uint64_t elements,
                        std::uint32_t in_job) {
    const std::uint32_t lane = threadIdx.x % 32;
    const auto* const tile_ends = reinterpret_cast<const std::uint32_t*>(frame + layout.tile_ends);
    const auto* const block_ends =
        reinterpret_cast<const std::uint16_t*>(frame + layout.block_ends);
    if (lane < 2 && in_job + lane >= 1) tile = tile_ends[in_job + lane - 1];
    const std::uint64_t first = in_job * kBlocksPerTile, last = ranked_blocks(elements) - 1;
    if (lane < kRankedWarps) block = block_ends[min(first + lane, last)];
  }
};

}  // namespace splitbench
