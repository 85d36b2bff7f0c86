#pragma once
#include <string>
#include <vector>

#include "reports/report.hpp"

namespace splitbench {

/// The values of an axis as a heading shows them: in one unit, which stands in the axis' title.
struct AxisText {
  std::string unit;   ///< empty where each label says its own
  double factor = 1;  ///< from base units
  std::vector<std::string>
      labels;  ///< "10", "25", "1600" of Gbit/s; counts as they were given: "8k"
};

AxisText axis_text(const Axis& axis);

}  // namespace splitbench
