#pragma once
#include <cstdint>

#include "codec/codec.hpp"
#include "codec/cuda/splitzip/split.cuh"
#include "codec/cuda/splitzip/tile.cuh"

namespace splitbench {

struct EncodeJob {
  GroupMemory<const std::byte> input;
  std::uint64_t elements;
  std::byte* output;
  std::byte* planes[3];  ///< these and what follows in `output`, by splitzip_layout
  std::uint32_t* tile_ends;
  std::byte* escapes;
  std::uint64_t escape_capacity;
  Codebook codebook;
  std::uint64_t codebook_id;
  CodebookRun run;
  std::uint32_t first_tile;
  EncodedFrame* result;
  FrameKind attempt;  ///< stored; or SplitZip, unless there prove to be too many escapes
};

/// What blocks tell one another. What counts from zero is zero when a call begins; finish_frames
/// leaves it so.
struct EncodeScratch {
  std::uint64_t* tile_counts;  ///< a word a tile, see TileCounts
  DigestSums* digests;         ///< of each job
  std::uint64_t* tails;        ///< of each job that attempts a coded frame; need not be zero
  std::uint32_t* ticket;       ///< tiles taken so far
};

}  // namespace splitbench
