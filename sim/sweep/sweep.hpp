#pragma once
#include <chrono>
#include <vector>

#include "sim/cli/terminal.hpp"
#include "sim/sweep/point_runner.hpp"
#include "sim/sweep/sweep_plan.hpp"
#include "workloads/locked_folder.hpp"

namespace splitbench {

/// A sweep while it runs: it writes the result of each point to its folder's report.json whenever
/// that changes, though not more often than is good for the points. Not thread-safe.
class Sweep {
 public:
  Sweep(SweepPlan plan, const SweepFolder& folder);

  /// Runs the points, at most `jobs` at once. Throws Interrupted; what is done by then is kept.
  void run(std::size_t jobs, LockedFolder::Foreign foreign = LockedFolder::Foreign::refuse);

  /// Returns the points that failed, by name and reason.
  std::vector<std::string> failures() const;
  /// Returns the number of points with a report.
  std::size_t done() const;
  Report report() const;

 private:
  void take(std::size_t index, PointEnd end);
  void publish();

  using Clock = std::chrono::steady_clock;
  ReportMeta meta_;
  std::vector<Axis> axes_;
  std::vector<SweepPoint> points_;
  std::vector<PointRun> runs_;       ///< runs of the points whose values go together
  std::vector<std::size_t> run_of_;  ///< the point of each run
  std::filesystem::path folder_;
  SweepProgress progress_;
  Clock::time_point next_publish_{};  ///< earliest time of the next publish()
};

}  // namespace splitbench
