#pragma once
#include <asio/io_context.hpp>
#include <cstdint>
#include <vector>

#include "network/real_loop.hpp"
#include "sim/run/dispatch/dispatcher.hpp"
#include "sim/run/dispatch/load.hpp"
#include "sim/run/real/machine_load.hpp"
#include "sim/run/real/real_fleet.hpp"
#include "sim/run/real/stage_inflation.hpp"
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
  /// Starts the workers, and throws as RealFleet does. The scenario and the load must outlive this
  /// object.
  RealRuns(const Scenario&, BackendKind, const Load&);

  bool gpu_shared() const { return fleet_.gpu_shared(); }
  const std::string& congestion_control() const { return fleet_.congestion_control(); }

  /// Makes arm auto choose by the speeds that the workers have now: before each round of arms,
  /// since machines drift. Throws WorkerLost.
  void measure_speeds();

  /// Runs one arm once, and times its codec alone afterwards. A lost worker or a mismatch does not
  /// throw: the record's `failure` names it.
  RealRun run(Arm, std::uint32_t repeat);

  /// Returns the self-check of each run so far.
  std::vector<SelfCheck> checks() const;

 private:
  /// A stage of the codec on one worker's shard in one run.
  struct StageCosts {
    Member member;
    std::uint32_t shard = 0;
    PairedCosts costs;
  };
  struct Finished {
    Arm arm;
    Time origin;  ///< moment from which the link's changes of bandwidth count
    std::vector<std::vector<JobRecord>> transfers;  ///< as each shard's workers reported on them
    std::vector<Time> lateness;
    std::vector<Window> disturbed;
    OtherLoad load;                  ///< during the run
    std::vector<StageCosts> stages;  ///< of all workers; empty without a codec that is always on
    OtherLoad load_alone;            ///< while the codec was timed alone
  };

  /// Returns a shard's jobs without those of the warm-up.
  std::vector<JobRecord> measured(std::vector<JobRecord>) const;
  /// Returns the self-check of a run by the transfers of one shard.
  SelfCheck check(const Finished&, const std::vector<JobRecord>& transfers) const;

  /// Times the codec of a run's arm alone, on each worker at the pace that it had in the run, if
  /// the arm has one that is always on and its time counts.
  void time_alone(Finished&);
  void time_alone(Finished&, Member, std::uint32_t shard, const std::vector<JobRecord>& jobs,
                  Time longest);

  /// Returns how much longer encode (prefill) or decode took in all runs of an arm than alone, on
  /// the worker where that is most: 0 ± 0 for an arm in which the codec is off, or not always the
  /// same, and unknown if other work disturbed what was timed alone.
  Estimate inflation(Arm, bool prefill) const;

  const Scenario& scenario_;
  const Load& load_;
  asio::io_context io_{1};
  RealLoop loop_;
  RealFleet fleet_;
  std::vector<Finished> finished_;
  std::uint64_t next_job_ = 1;
};

}  // namespace splitbench
