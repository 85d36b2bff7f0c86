#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>

#include "codec/codebook.hpp"
#include "codec/frame.hpp"
#include "workers/plan/arm.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// The encoding of a piece of a chunk, as it is wanted.
struct Coding {
  Codebook codebook;
  FrameKind wanted = FrameKind::splitzip;
  bool sample = false;  ///< true: a sample of its exponents is to be counted, too

  bool operator==(const Coding&) const = default;
};

/// The outcome of encoding a piece.
struct CodedPiece {
  FrameKind kind = FrameKind::stored;
  std::uint64_t frame_bytes = 0;
  std::uint64_t escapes = 0;  ///< escapes in the frame; 0 if it is stored
  std::optional<ExponentHistogram> sample;
};

/// Returns the stage in which a worker packs a chunk with these codings: encode, or xfer_prep if it
/// only frames and copies.
inline Stage pack_stage(Arm arm, std::span<const Coding> codings) {
  const bool encodes = std::ranges::any_of(
      codings, [](const Coding& coding) { return coding.wanted != FrameKind::stored; });
  return encodes || is_foreign(arm) ? Stage::encode : Stage::xfer_prep;
}

/// Returns the stage in which a worker unpacks a chunk of this arm.
constexpr Stage unpack_stage(Arm arm) {
  return encodes(arm) ? Stage::decode_codec : Stage::kv_install;
}

}  // namespace splitbench
