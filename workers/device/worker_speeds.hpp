#pragma once
#include <map>
#include <span>
#include <string>

#include "workers/plan/hardware.hpp"

namespace splitbench {

/// The speed of a stage: packing, or unpacking, a chunk of raw KV takes call + bytes / rate
/// seconds.
struct StageSpeed {
  double rate = 0;  ///< raw bytes/s; 0: there is nothing to do
  double call = 0;  ///< seconds per chunk
};

/// The speeds at which a prefill worker packs, or a decode worker unpacks, alone.
struct WorkerSpeeds {
  StageSpeed copy;                           ///< speed of raw bytes
  std::map<std::string, StageSpeed> codecs;  ///< speed of each codec, with copies, by its name
};

/// Returns the profile with the speeds that the workers of a run measured in place of its own: for
/// each stage that of the slowest worker. A figure that no worker could measure stays as it is.
HardwareProfile as_measured(HardwareProfile, std::span<const WorkerSpeeds> prefill,
                            std::span<const WorkerSpeeds> decode);

}  // namespace splitbench
