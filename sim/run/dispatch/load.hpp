#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "configs/scenario.hpp"
#include "workloads/request.hpp"

namespace splitbench {

/// The requests that the repeats of a scenario serve. All arms of a repeat serve the same ones, so
/// that their difference owes nothing to what was drawn.
struct Load {
  std::vector<std::vector<Request>> traces;  ///< one for each repeat, or one that all share
  std::vector<std::string> remarks;          ///< on the file that they come from, in sentences
  bool random = false;  ///< true if repeats with other seeds differ: in requests, faults or jitter

  const std::vector<Request>& of(std::uint32_t repeat) const {
    return traces.size() == 1 ? traces.front() : traces.at(repeat);
  }
};

/// Returns the load of a scenario. Throws InputError as make_trace() does.
Load draw_load(const Scenario&);

/// Returns how often each arm is run: once in virtual time if nothing is random, since a second
/// time would be the same to the bit.
std::uint32_t repeats_of(const Scenario&, const Load&);

/// Returns the seeds that the repeats draw from; only the scenario's own if nothing is random.
std::vector<std::uint64_t> seeds_of(const Scenario&, const Load&);

}  // namespace splitbench
