#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "reports/report.hpp"

namespace splitbench {

/// One thing of Series that is drawn, such as {&Series::waiting, "requests waiting", "count"}.
struct SeriesColumn {
  std::vector<double> Series::*values;
  std::string_view title;
  std::string_view unit;  ///< the base unit
};

/// How it went in time, in each arm until that ended: a chart of lines, or null where no arm has a
/// series. All arms are shown at the same moments, 240 at most; a point is the mean of its bin, so
/// what lies under a line stays the same.
nlohmann::ordered_json series_chart(const Report& report, const SeriesColumn& column);

}  // namespace splitbench
