#pragma once
#include <memory>

#include "configs/scenario.hpp"
#include "workers/kv/kv_source.hpp"

namespace splitbench {

/// Returns whether the process that runs a scenario needs its KV source. In real time the workers
/// have their own.
bool needs_kv_source(const Scenario&);

/// Returns the KV source of a scenario, loaded as by KvSource::load(), which see for errors. The
/// last one is kept, so that the points of a sweep do not draw the same KV again. Not thread-safe.
std::shared_ptr<const KvSource> known_kv_source(const Scenario&);

}  // namespace splitbench
