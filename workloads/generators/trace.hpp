#pragma once
#include <cstdint>
#include <vector>

#include "workloads/generators/workload.hpp"
#include "workloads/request.hpp"

namespace splitbench {

/// The requests of one run, all that open_workload (request_stream.hpp) gives.
std::vector<Request> make_trace(const WorkloadSpec& spec, std::uint64_t seed);

}  // namespace splitbench
