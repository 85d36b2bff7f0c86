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

/// The results of one real run.
struct RealRun {
  RunRecord record;                ///< its `failure` is the reason if the run failed
  std::vector<Time> verify_times;  ///< digest time of each transfer at the consumer
};

/// The real runs of a scenario, one after another over the same worker processes. Not thread-safe.
class RealRuns {
 public:
  /// Starts the workers, and throws as RealFleet does. The scenario and the trace must outlive this
  /// object.
  RealRuns(const Scenario&, BackendKind, std::span<const Request> trace);

  bool gpu_shared() const { return fleet_.gpu_shared(); }
  const std::string& congestion_control() const { return fleet_.congestion_control(); }

  /// Runs one arm once. A lost worker or a mismatch does not throw: the record's `failure` names
  /// it.
  RealRun run(Arm, int repeat);

  /// Times the codec with no other load: before each round of arms, since machines drift. Throws
  /// WorkerLost.
  void probe();

  /// Returns the self-check of each run, after a last probe; to be called once all runs are over.
  /// Throws WorkerLost.
  std::vector<SelfCheck> checks();

 private:
  struct Finished {
    Arm arm;
    Time origin;  ///< moment from which the link's changes of bandwidth count
    std::vector<JobRecord> transfers;
    std::vector<Time> lateness;
    std::vector<Window> disturbed;
  };

  /// Returns the run's jobs without those of the warm-up.
  std::vector<JobRecord> measured_jobs(const Finished&) const;

  /// Returns how much longer the codec took in all runs of an arm than in its slowest probe, as a
  /// share: the ratio minus 1. The slowest probe, so that the machine's own drift does not count. 0
  /// for an arm in which the codec is off, or not always the same.
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
