#pragma once
#include <functional>
#include <string>
#include <vector>

#include "configs/scenario.hpp"
#include "sim/run/dispatch/load.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// The results of a scenario besides the records of its runs.
struct Simulation {
  std::vector<SelfCheck> checks;  ///< one per run in real time; empty if a run failed
  std::string backend;            ///< "cpu" or "cuda"; in virtual time the hardware profile's name
  bool gpu_shared = false;
  std::string congestion_control;  ///< only in real time
  std::vector<Time> verify_times;  ///< digest time per transfer at the consumer; only in real time
  std::string failure;             ///< reason that it ended early, or a lost request; else empty
};

/// The callbacks that follow a simulation. Both must be set; they run on the calling thread.
struct SimulationListener {
  std::function<void(const std::string&)> progress;  ///< a line of text before each run
  std::function<void(const RunRecord&)> finished;    ///< after each run; the record is not kept
};

/// Runs every arm on the same requests, repeats interleaved over arms, in the kind of time that the
/// scenario names. In virtual time a load that is not random is run once, whatever `repeats` says.
/// A lost worker or a mismatch ends the simulation early and is named in `failure`; records up to
/// then were handed over. Throws InputError or Unavailable if this machine cannot run the scenario,
/// WorkerLost or std::system_error if the workers cannot be started, and BrokenInvariant if a
/// record contradicts itself.
Simulation simulate(const Scenario&, const Load&, const SimulationListener&);

/// Returns the scenario with its staging and worker memory sizes filled in where they are 0. Throws
/// InputError if the largest job of the load does not fit them, if staging has fewer slots than
/// there are prefill workers, or if a real run has more than kMostRealWorkers of a kind; and
/// Unavailable if a real run's backend is missing.
Scenario size_memory(Scenario, const Load&);

}  // namespace splitbench
