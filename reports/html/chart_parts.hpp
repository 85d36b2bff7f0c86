#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/report.hpp"

/// What charts are put together from; their form is described in charts.hpp.
namespace splitbench {

/// To five digits, which is more than a chart can show.
double chart_number(double value);

/// The colour that an arm has on every chart: "arm-raw".
std::string_view arm_colour(std::string_view arm);

nlohmann::ordered_json chart_axis(std::string_view title, std::string_view unit,
                                  std::string_view scale);

nlohmann::ordered_json line_of_arm(const std::string& arm, nlohmann::ordered_json points);

nlohmann::ordered_json line_chart(nlohmann::ordered_json x, nlohmann::ordered_json y,
                                  nlohmann::ordered_json series);

/// What a map holds for each arm, in the order in which arms stand beside each other elsewhere.
template <class Value>
std::vector<std::pair<std::string, const Value*>> in_order_of_rows(
    const Report& report, const std::map<std::string, Value>& by_arm) {
  std::vector<std::pair<std::string, const Value*>> ordered;
  for (const Row& row : report.rows)
    if (const auto found = by_arm.find(row.axes.at("arm")); found != by_arm.end())
      ordered.emplace_back(found->first, &found->second);
  return ordered;
}

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
