#pragma once
#include <vector>

#include "sim/bench/link/link_bench_case.hpp"
#include "sim/bench/link/link_bench_wire.hpp"

namespace splitbench {

/// Runs a case in processes of its own; transfers that warm up are not in the stamps. Throws
/// std::runtime_error with what a process could not do.
std::vector<FlowStamps> time_transfers(const LinkBenchCase&, const WireOptions&);

/// How long a case will take, about.
Time expected_duration(const LinkBenchCase&);

}  // namespace splitbench
