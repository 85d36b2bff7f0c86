#pragma once
#include <cstdint>

#include "codec/codec.hpp"
#include "codec/cuda/ranked/ranked_split.cuh"
#include "codec/cuda/splitzip/tile.cuh"
#include "codec/cuda/splitzip/tile_counts.cuh"

namespace splitbench {

/// A tensor to encode as a ranked frame: stored if its stream proves too long.
struct RankedEncodeJob {
  GroupMemory<const std::byte> input;
  std::uint64_t elements;
  std::byte* output;
  std::byte* planes[2];  ///< planes to `stream` lie in `output`, by ranked_layout
  std::byte* first_level;
  std::uint16_t* block_ends;
  std::uint32_t* tile_ends;
  std::uint32_t* stream;
  std::uint64_t capacity;  ///< most words of the stream for the frame to be ranked
  Codebook codebook;
  std::uint64_t codebook_id;
  RankWindow window;  ///< used for bf16 only
  EncodedFrame* result;
  std::uint32_t first_tile;
};

/// The most words of a block's stream that are staged in shared memory: several times what is
/// usual. Longer streams are left to finish_ranked_frames, which knows whether they are needed at
/// all.
inline constexpr std::uint32_t kStagedWords = 192;

/// The value of a block that was not staged in the counts that tiles announce (TileCounts): a count
/// is a number of words plus kUnstaged for each such block.
inline constexpr std::uint64_t kUnstaged = std::uint64_t{1} << 36;
static_assert(kMaxElements / kRankedBlock * kUnstaged <= TileCounts::kOwn);

}  // namespace splitbench
