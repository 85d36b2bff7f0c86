#pragma once
#include <span>

#include "configs/scenario.hpp"
#include "workloads/request.hpp"

namespace splitbench {

/// Throws InputError with the figure and the way out if the workload has more requests, those of
/// all repeats together, than this machine can hold. Called before they are made.
void check_requests(const Scenario&);

/// Throws InputError with the figure and the way out if a run would take more memory than this
/// machine has, or longer than clocks of 64-bit nanoseconds can tell. Real or virtual: called
/// before anything is begun.
void check_run(const Scenario&, std::span<const Request> trace);

}  // namespace splitbench
