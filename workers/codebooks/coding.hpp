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

/// How a piece of a chunk is to be encoded.
struct Coding {
  Codebook codebook;
  FrameKind wanted = FrameKind::splitzip;
  bool sample = false;  ///< the histogram of a sample of its exponents is wanted, too

  bool operator==(const Coding&) const = default;
};

/// What became of it.
struct CodedPiece {
  FrameKind kind = FrameKind::stored;
  std::uint64_t frame_bytes = 0;
  std::uint64_t escapes = 0;  ///< in the frame: 0 if it is stored
  std::optional<ExponentHistogram> sample;
};

/// What a worker does when it packs a chunk so: it encodes, or does no more than frame and copy.
inline Stage pack_stage(Arm arm, std::span<const Coding> codings) {
  const bool encodes = std::ranges::any_of(
      codings, [](const Coding& coding) { return coding.wanted != FrameKind::stored; });
  return encodes || baseline_of(arm) != nullptr ? Stage::encode : Stage::xfer_prep;
}

/// What a worker does when it unpacks a chunk of this arm.
constexpr Stage unpack_stage(Arm arm) {
  return encodes(arm) ? Stage::decode_codec : Stage::kv_install;
}

}  // namespace splitbench
