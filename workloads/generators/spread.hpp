#pragma once
#include <memory>

#include "workloads/traces/trace_reader.hpp"

namespace splitbench {

/// The same trace, but requests of one timestamp are spread evenly over the time to the next one:
/// Mooncake's come in steps of three seconds. The last batch is given as long as the one before;
/// requests that wait for others are left as they are. One batch is kept in memory.
std::unique_ptr<TraceReader> spread_batches(std::unique_ptr<TraceReader> trace);

}  // namespace splitbench
