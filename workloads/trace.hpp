#pragma once
#include <cstdint>
#include <vector>

#include "workloads/request.hpp"
#include "workloads/workload.hpp"

namespace splitbench {

/// The requests of one run in order of arrival, warm-up first: ids count from 0, and the first
/// `spec.warmup` of them are the warm-up. The same spec and seed give the same requests on every
/// compiler and machine: the only randomness is std::mt19937_64, and what is drawn from it uses
/// comparisons and exact arithmetic alone.
///
///   poisson   independent exponential gaps, `rate` a second on average; the first gap starts at 0
///   closed    all arrive at 0; the dispatcher lets them in as clients become free
///   trace     the first lines of a Mooncake file, counted from the first one's timestamp
///
/// Poisson and closed workloads need `context` and `output`. Throws InputError where the trace file
/// is wrong or too short, and where a scale makes a length or a time absurd.
std::vector<Request> make_trace(const WorkloadSpec& spec, std::uint64_t seed);

}  // namespace splitbench
