#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "workers/codebooks/codebook_keeper.hpp"
#include "workers/device/backend.hpp"
#include "workers/process/worker_setup.hpp"

namespace splitbench {

/// What a chunk cost the codec.
struct ChunkCost {
  double nanoseconds = 0;
  std::uint64_t bytes = 0;  ///< raw
};

/// Nanoseconds a byte, as half of the bytes cost less and half more: a job's chunks are of several
/// sizes, and small ones cost more a byte. 0 of nothing.
double median_cost(std::vector<ChunkCost>);

/// median_cost of packing (prefill) or unpacking (decode) with the codec on, as this arm has it,
/// and nobody beside it: the slower of one chunk at a time and as many at once as may be. The
/// chunks are those of a job of so many tokens, and go through that slot. Takes a third of a
/// second.
double probe_codec(bool prefill, Arm, Backend&, CodebookKeeper::Spec, const WorkerSetup&,
                   std::uint64_t tokens, std::span<std::byte> slot);

}  // namespace splitbench
