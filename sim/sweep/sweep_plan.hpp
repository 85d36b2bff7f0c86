#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "configs/scenario.hpp"
#include "reports/analysis/aggregate.hpp"
#include "workloads/locked_folder.hpp"

namespace splitbench {

/// A point of a sweep before it is run.
struct PlannedPoint {
  SweepPoint point;           ///< has a failure if its values do not go together
  std::string scenario_yaml;  ///< scenario to run; empty if there is a failure
  std::string inputs;         ///< what inputs_of says about it
  TimeKind time = TimeKind::virtual_time;
};

/// Everything that a sweep is going to do, and the names that its report uses.
struct SweepPlan {
  ReportMeta meta;
  std::vector<Axis> axes;
  std::vector<PlannedPoint> points;  ///< the first axis is the slowest

  /// Returns whether any point runs in real time.
  bool any_real() const;
};

/// Returns a line of comment for each file that a run of the scenario reads: its path, its length
/// and when it was changed last. A line for a file that is missing says so.
std::string inputs_of(const Scenario& scenario);

/// Returns the scenario of a point as its run is to read it: without a timeline unless it asks for
/// one.
std::string point_yaml(Scenario);

/// Returns the plan of the scenario's axes; without axes it is one point. The same scenario always
/// gives the same plan.
SweepPlan plan_sweep(const Scenario& scenario);

/// The result folder of one sweep, locked against other sweeps while this object lives. It belongs
/// to the scenario that its scenario.yaml holds.
class SweepFolder {
 public:
  /// Makes the folder, or takes up one of the same scenario. Throws InputError if it is another
  /// scenario's, and as a LockedFolder does.
  SweepFolder(std::filesystem::path path, const std::string& scenario_yaml,
              LockedFolder::Foreign = LockedFolder::Foreign::refuse);

  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  LockedFolder folder_;
};

}  // namespace splitbench
