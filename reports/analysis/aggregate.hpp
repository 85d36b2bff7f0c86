#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reports/report.hpp"

namespace splitbench {

/// What came of one point of a sweep: a report, or why there is none; neither while it is not over.
struct SweepPoint {
  std::vector<std::string> values;  ///< one of each axis, in the axes' order
  std::vector<std::string> arms;    ///< that it compares
  std::string folder;               ///< "points/007"
  std::optional<Report> report;
  std::string failure;
};

/// "link.bandwidth 25 Gbit/s, workload.context 8k".
std::string point_name(const std::vector<Axis>& axes, const std::vector<std::string>& values);

/// The report of a sweep: the rows of its points in their order, each with what was varied. A point
/// that failed has a row for each arm, without figures, and a warning that says why. What `base`
/// says of the run holds until points say it; what they disagree on is left out. Not valid unless
/// every point is there and valid.
Report aggregate(const ReportMeta& base, const std::vector<Axis>& axes,
                 std::span<const SweepPoint> points);

}  // namespace splitbench
