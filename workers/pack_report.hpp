#pragma once
#include "workers/engine.hpp"
#include "workers/events.hpp"
#include "workers/plan/chunk_plan.hpp"
#include "workers/plan/pipeline.hpp"

namespace splitbench {

/// Adds a packed chunk to its job's report; its layer group was `computed` then.
void add_pack(PrefillReleased&, const Pipeline&, const Chunk&, Time computed, const Packed&);

}  // namespace splitbench
