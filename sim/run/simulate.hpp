#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "configs/scenario.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// What a scenario left behind beside the records of its runs: a self-check for each of them.
struct Simulation {
  std::vector<SelfCheck> checks;  ///< of real runs only
  std::string backend;            ///< "cpu" or "cuda"; of a virtual run the hardware profile's name
  bool gpu_shared = false;
  std::string congestion_control;  ///< of real runs only
  std::vector<Time> verify_times;  ///< one a transfer, at the consumer; of real runs only
  std::string failure;  ///< why it ended early, or empty; what was measured until then is kept
};

/// Who wants to know what.
struct SimulationListener {
  std::function<void(const std::string&)> progress;  ///< before each run, in words
  std::function<void(const RunRecord&)> finished;    ///< after each, with its record, not kept
};

/// Runs every arm on the same trace, repeats interleaved over arms, in the kind of time that the
/// scenario says. A lost worker or a mismatch ends it early and is named in `failure`; what could
/// not even start throws.
Simulation simulate(const Scenario&, std::span<const Request> trace, const SimulationListener&);

/// The scenario with its worker memory sizes filled in from the trace. Throws InputError when the
/// largest job does not fit them, or when this machine does not have as much.
Scenario size_memory(Scenario, std::span<const Request> trace);

}  // namespace splitbench
