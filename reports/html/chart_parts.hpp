#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/report.hpp"

/// Parts of which charts are made; charts.hpp describes their form.
namespace splitbench {

/// Returns the value rounded to five digits, which is more than a chart can show.
double chart_number(double value);

/// Returns the colour of an arm on every chart, a custom property of page.css: "arm-raw".
std::string_view arm_colour(std::string_view arm);

nlohmann::ordered_json chart_axis(std::string_view title, std::string_view unit,
                                  std::string_view scale);

nlohmann::ordered_json line_of_arm(const std::string& arm, nlohmann::ordered_json points);

nlohmann::ordered_json line_chart(nlohmann::ordered_json x, nlohmann::ordered_json y,
                                  nlohmann::ordered_json series);

/// Returns the map's values by arm, in the order of the report's rows. The pointers lead into the
/// map.
template <class Value>
std::vector<std::pair<std::string, const Value*>> in_order_of_rows(
    const Report& report, const std::map<std::string, Value>& by_arm) {
  std::vector<std::pair<std::string, const Value*>> ordered;
  for (const Row& row : report.rows)
    if (const auto found = by_arm.find(row.axes.at("arm")); found != by_arm.end())
      ordered.emplace_back(found->first, &found->second);
  return ordered;
}

/// A member of Series that is drawn, such as {&Series::waiting, "requests waiting", "count"}.
struct SeriesColumn {
  std::vector<double> Series::*values;
  std::string_view title;
  std::string_view unit;  ///< base unit of the values
};

/// Returns a chart of lines over time, one per arm until its run ended; null if no arm has a
/// series. All arms are shown at the same moments, 240 at most; a point is the mean of its bin, so
/// that the area under a line is kept.
nlohmann::ordered_json series_chart(const Report& report, const SeriesColumn& column);

}  // namespace splitbench
