#pragma once
#include <span>
#include <string_view>

#include "configs/scenario.hpp"
#include "workloads/request.hpp"

namespace splitbench {

/// Throws InputError with the figure and the way out if the workload has more requests, those of
/// all repeats together, than this machine can hold. Called before they are made.
void check_requests(const Scenario&);

/// Throws InputError that says when the drift would come and how to let it if none of the requests
/// drifts, although the spec has a kind of drift. `more_requests` is how there would be more of
/// them: "raise workload.requests".
void check_drift_comes(const DriftSpec&, std::span<const Request>, std::string_view more_requests);

/// Throws InputError with the figure and the way out if a run would take more memory than this
/// machine has, or longer than clocks of 64-bit nanoseconds can tell. Real or virtual: called
/// before anything is begun.
void check_run(const Scenario&, std::span<const Request> trace);

}  // namespace splitbench
