#pragma once
#include <vector>

#include "sim/bench/link/link_bench_case.hpp"
#include "sim/bench/link/link_bench_wire.hpp"

namespace splitbench {

/// Runs a case in processes of its own, and returns the stamps of each transfer's flows, one
/// transfer behind the other, without the transfers that warm up. Throws std::runtime_error with
/// what a process could not do.
std::vector<FlowStamps> time_transfers(const LinkBenchCase&, const WireOptions&);

/// Returns about how long a case will take.
Time expected_duration(const LinkBenchCase&);

}  // namespace splitbench
