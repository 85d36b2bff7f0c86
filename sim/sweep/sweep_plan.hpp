#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "configs/scenario.hpp"
#include "reports/analysis/aggregate.hpp"

namespace splitbench {

/// A point of a sweep before it is run.
struct PlannedPoint {
  SweepPoint point;           ///< with a failure where its values do not go together
  std::string scenario_yaml;  ///< what is run; empty then
  TimeKind time = TimeKind::virtual_time;
};

/// All that a sweep is going to do, and how its report is to name it.
struct SweepPlan {
  ReportMeta meta;
  std::vector<Axis> axes;
  std::vector<PlannedPoint> points;  ///< the first axis is the slowest

  bool any_real() const;
};

/// The scenario has axes. The same scenario always gives the same plan.
SweepPlan plan_sweep(const Scenario& scenario);

/// The result folder of one sweep, which nobody else writes to while this lives. It belongs to the
/// scenario that its scenario.yaml holds.
class SweepFolder {
 public:
  /// Makes it, or takes up one of the same scenario. Throws InputError where it is another's, or in
  /// use.
  SweepFolder(std::filesystem::path path, const std::string& scenario_yaml);
  ~SweepFolder();
  SweepFolder(const SweepFolder&) = delete;
  SweepFolder& operator=(const SweepFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int lock_;  ///< the folder's own descriptor
};

}  // namespace splitbench
