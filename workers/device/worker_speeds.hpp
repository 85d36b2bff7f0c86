#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "workers/codebooks/codebook_keeper.hpp"
#include "workers/device/backend.hpp"
#include "workers/process/worker_setup.hpp"

namespace splitbench {

/// Packing, or unpacking, a chunk of raw KV takes so long: call + bytes / rate.
struct StageSpeed {
  double rate = 0;  ///< bytes/s; 0: there is nothing to do
  double call = 0;  ///< seconds
};

/// Of a prefill worker's packs, or a decode worker's unpacks.
struct WorkerSpeeds {
  StageSpeed copy;              ///< as raw bytes
  StageSpeed splitzip, ranked;  ///< as frames, which are copied as part of it
};

/// How long a worker takes to pack (prefill) or unpack (decode) with nobody beside it, copies,
/// launches and all: chunks like those of jobs of so many tokens, and of an eighth of them, that go
/// through this slot one by one. No job may be under way.
WorkerSpeeds measure_speeds(bool prefill, Backend&, const CodebookKeeper::Spec&, const WorkerSetup&,
                            std::uint64_t tokens, std::span<std::byte> slot);

/// The profile with what the workers of a run measured in place of its own figures: of each stage
/// the slowest. What none of them could measure stays as it is.
HardwareProfile as_measured(HardwareProfile, std::span<const WorkerSpeeds> prefill,
                            std::span<const WorkerSpeeds> decode);

}  // namespace splitbench
