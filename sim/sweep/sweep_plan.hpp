#pragma once
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

}  // namespace splitbench
