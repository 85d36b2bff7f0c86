#pragma once
#include <cstdint>

#include "codec/codec.hpp"
#include "codec/cuda/splitzip/split.cuh"
#include "codec/cuda/splitzip/tile.cuh"
#include "codec/errors.hpp"

namespace splitbench {

/// A tensor to encode as a stored or a SplitZip frame.
struct EncodeJob {
  GroupMemory<const std::byte> input;
  std::uint64_t elements;
  std::byte* output;
  std::byte* planes[3];  ///< planes to `escapes` lie in `output`, by splitzip_layout
  std::uint32_t* tile_ends;
  std::byte* escapes;
  std::uint64_t escape_capacity;
  Codebook codebook;
  std::uint64_t codebook_id;
  CodebookRun run;
  std::uint32_t first_tile;
  EncodedFrame* result;
  FrameKind attempt;  ///< stored, or SplitZip unless there prove to be too many escapes
};

/// The memory that a call's blocks share. All but `tails` is zero when a call begins; finish_frames
/// leaves it so.
struct EncodeScratch {
  std::uint64_t* tile_counts;  ///< a word for each tile, see TileCounts
  DigestSums* digests;         ///< one for each job
  std::uint64_t* tails;        ///< length of each coded frame's last section; need not be zero
  std::uint32_t* ticket;       ///< tiles taken so far, beside the first of each block
};

/// A frame to decode into a tensor.
struct DecodeJob {
  struct Planes {
    const std::byte* at[3];
  };

  const std::byte* frame;
  std::uint64_t frame_bytes;
  Planes planes;  ///< planes to `escapes` lie in `frame`, by splitzip_layout, if it has them
  const std::uint32_t* tile_ends;
  const std::byte* escapes;
  bool has_planes;  ///< planes and tile ends can be read before the header has been checked
  GroupMemory<std::byte> output;
  std::uint64_t elements;
  std::uint32_t first_tile;
};

/// The kinds of coded frames that a call expects; each is decoded by a kernel of its own, which
/// leaves the other's frames alone if those are expected too.
struct ExpectedKinds {
  bool splitzip;
  bool ranked;
};

/// Returns the number of tiles to decode. A frame without elements has a tile too, so that its
/// header is checked.
__host__ __device__ inline std::uint32_t decode_tile_count(std::uint64_t elements) {
  return elements == 0 ? 1 : static_cast<std::uint32_t>(tiles(elements));
}

/// The memory that a job's blocks share: all zero when a call begins; its report_frames leaves it
/// so.
struct DecodeState {
  static constexpr std::uint32_t kFaults = 64;

  DigestSums digest;         ///< sums over the tiles done
  std::uint64_t expected;    ///< the digest in the header
  std::uint32_t unreadable;  ///< not zero if the header is wrong
  std::uint32_t fault_rank;  ///< kFaults less the first of FrameFault's list that was met, or 0

  __device__ void raise(FrameFault fault) {
    atomicMax(&fault_rank, kFaults - static_cast<std::uint32_t>(fault));
  }
};

/// A block's threads that decode: those that put tiles together, and warps that bring and patch,
/// each of them every kPatchWarps-th tile.
inline constexpr int kPatchWarps = 4;
inline constexpr int kDecodeThreads = kThreads + 32 * kPatchWarps;

}  // namespace splitbench
