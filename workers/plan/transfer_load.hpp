#pragma once
#include <cstdint>
#include <map>

#include "codec/element.hpp"

namespace splitbench {

/// What a job's transfer finds before it and behind it.
struct TransferLoad {
  std::uint64_t queued_bytes = 0;  ///< packed for the same receiver, that are not through the wire
  std::uint32_t waiting = 0;       ///< jobs that follow it
};

/// Raw bytes over those of frames, by their kind: of each of our codecs.
using FrameRatios = std::map<FrameKind, double>;

}  // namespace splitbench
