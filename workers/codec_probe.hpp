#pragma once
#include "workers/backend.hpp"
#include "workers/control.hpp"

namespace splitbench {

/// Median nanoseconds a raw byte of packing (prefill) or unpacking (decode) with the codec on and
/// nobody beside it, chunk by chunk with pauses between them, as chunks come in a run. Takes a
/// third of a second.
Probe probe_codec(bool prefill, Backend&, const WorkerSetup&);

}  // namespace splitbench
