#pragma once
#include "workers/backend.hpp"
#include "workers/control.hpp"

namespace splitbench {

/// Median nanoseconds a raw byte of packing (prefill) or unpacking (decode) with the codec on and
/// nobody beside it: the slower of one chunk at a time and as many at once as may be. The chunks
/// are those of a job of so many tokens, and go through that slot. Takes a third of a second.
Probe probe_codec(bool prefill, Backend&, const WorkerSetup&, std::uint64_t tokens,
                  std::span<std::byte> slot);

}  // namespace splitbench
