#pragma once
#include <asio/io_context.hpp>
#include <span>
#include <vector>

#include "network/real_loop.hpp"
#include "sim/run/dispatch/dispatcher.hpp"
#include "sim/run/real/real_fleet.hpp"
#include "sim/run/virtual/replay.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// What one real run leaves.
struct RealRun {
  RunRecord record;                ///< says why if the run failed
  std::vector<Time> verify_times;  ///< of each transfer's digest at the consumer
};

/// The real runs of a scenario, one after another over the same worker processes.
class RealRuns {
 public:
  RealRuns(const Scenario&, BackendKind, std::span<const Request> trace);

  bool gpu_shared() const { return fleet_.gpu_shared(); }
  const std::string& congestion_control() const { return fleet_.congestion_control(); }

  /// Runs one arm once.
  RealRun run(Arm, int repeat);

  /// Times the codec with nobody beside it: before each round of arms, since machines drift. Throws
  /// WorkerLost.
  void probe();

  /// Returns the self-check of each run, once all are over, probing a last time. Throws WorkerLost.
  std::vector<SelfCheck> checks();

 private:
  struct Finished {
    Arm arm;
    Time origin;  ///< of the link's changes of bandwidth
    std::vector<JobRecord> transfers;
    std::vector<Time> lateness;
    std::vector<Window> disturbed;
  };

  /// Without those that warmed up.
  std::vector<JobRecord> measured_jobs(const Finished&) const;

  /// Of all runs of an arm together: the codec's time in them against the slowest that it was
  /// alone, minus 1. The slowest, so that what is told from it is not the machine's own drift. 0 of
  /// an arm in which the codec is off, or not always the same.
  double stage_inflation(Arm) const;

  const Scenario& scenario_;
  std::span<const Request> trace_;
  asio::io_context io_{1};
  RealLoop loop_;
  RealFleet fleet_;
  RealFleet::Probes alone_;
  std::vector<Finished> finished_;
  std::uint64_t next_job_ = 1;
};

}  // namespace splitbench
