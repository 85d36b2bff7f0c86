#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reports/report.hpp"

namespace splitbench {

/// The result of one point of a sweep: a report, or the reason why there is none. A point that is
/// not over has neither.
struct SweepPoint {
  std::vector<std::string> values;  ///< one value of each axis, in the axes' order
  std::vector<std::string> arms;    ///< arms that the point compares
  std::string folder;               ///< "points/007"
  std::optional<Report> report;
  std::string failure;
};

/// Returns the name of a point: "link.bandwidth 25 Gbit/s, workload.context 8k". `values` has one
/// value for each axis.
std::string point_name(const std::vector<Axis>& axes, const std::vector<std::string>& values);

/// Returns the report of a sweep: the rows of its points in their order, each with the axes'
/// values. A point that failed has a row for each arm, without figures, and a warning that gives
/// the reason. A field of `base` holds until a point has a report; then it is the points', and is
/// left empty if they differ. Without axes it has the histograms and series of its points. The
/// report is valid only if every point is there and valid.
Report aggregate(const ReportMeta& base, const std::vector<Axis>& axes,
                 std::span<const SweepPoint> points);

}  // namespace splitbench
