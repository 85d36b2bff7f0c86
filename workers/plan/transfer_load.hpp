#pragma once
#include <cstdint>

namespace splitbench {

/// What a job's transfer finds before it and behind it.
struct TransferLoad {
  std::uint64_t queued_bytes = 0;  ///< packed for the same receiver, that are not through the wire
  std::uint32_t waiting = 0;       ///< jobs that follow it
};

/// Raw bytes over those of frames, by their kind.
struct FrameRatios {
  double splitzip = 1;
  double ranked = 1;
};

}  // namespace splitbench
