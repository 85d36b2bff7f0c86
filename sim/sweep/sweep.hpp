#pragma once
#include <chrono>
#include <vector>

#include "sim/cli/terminal.hpp"
#include "sim/sweep/point_runner.hpp"
#include "sim/sweep/sweep_plan.hpp"

namespace splitbench {

/// A sweep while it runs: what came of each point, in its folder's report.json whenever that
/// changes, though not more often than is good for the points.
class Sweep {
 public:
  Sweep(SweepPlan plan, const SweepFolder& folder);

  /// Throws Interrupted; what is done by then is kept.
  void run(std::size_t jobs);

  /// Points that came to nothing, by name and reason.
  std::vector<std::string> failures() const;
  std::size_t done() const;
  Report report() const;

 private:
  void take(std::size_t index, PointEnd end);
  void publish();

  using Clock = std::chrono::steady_clock;
  ReportMeta meta_;
  std::vector<Axis> axes_;
  std::vector<SweepPoint> points_;
  std::vector<PointRun> runs_;       ///< of those points whose values go together
  std::vector<std::size_t> run_of_;  ///< the point of each run
  std::filesystem::path folder_;
  SweepProgress progress_;
  Clock::time_point next_publish_{};  ///< not before
};

}  // namespace splitbench
