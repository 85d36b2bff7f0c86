#pragma once
#include <map>
#include <span>
#include <string>

#include "workers/plan/hardware.hpp"

namespace splitbench {

/// Packing, or unpacking, a chunk of raw KV takes so long: call + bytes / rate.
struct StageSpeed {
  double rate = 0;  ///< bytes/s; 0: there is nothing to do
  double call = 0;  ///< seconds
};

/// How fast a prefill worker packs, or a decode worker unpacks, with nobody beside it.
struct WorkerSpeeds {
  StageSpeed copy;                           ///< as raw bytes
  std::map<std::string, StageSpeed> codecs;  ///< each by its name, copies being part of it
};

/// The profile with what the workers of a run measured in place of its own figures: of each stage
/// the slowest. What none of them could measure stays as it is.
HardwareProfile as_measured(HardwareProfile, std::span<const WorkerSpeeds> prefill,
                            std::span<const WorkerSpeeds> decode);

}  // namespace splitbench
