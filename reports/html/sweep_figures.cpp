#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/columns.hpp"
#include "reports/html/chart_parts.hpp"
#include "reports/html/charts.hpp"
#include "reports/text/figures.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;

Json axis_json(const Axis& axis) {
  const AxisText text = axis_text(axis);
  Json numbers = Json::array();
  for (const Axis::Value& value : axis.values)
    numbers.push_back(value.number ? Json(*value.number * text.factor) : Json(nullptr));
  return {{"key", axis.key}, {"unit", text.unit}, {"labels", text.labels}, {"numbers", numbers}};
}

/// Returns the columns that some row has a figure for.
std::vector<const Column*> filled_columns(const Report& report) {
  std::vector<const Column*> filled;
  for (const Column& column : report.columns)
    if (is_in_some_row(report, column.key)) filled.push_back(&column);
  return filled;
}

std::vector<std::string> arms_of(const Report& report) {
  std::vector<std::string> arms;
  for (const Row& row : report.rows)
    if (const std::string& arm = row.axes.at("arm"); std::ranges::find(arms, arm) == arms.end())
      arms.push_back(arm);
  return arms;
}

/// Returns the index of a row's value on each axis.
Json place_json(const Report& report, const Row& row) {
  Json place = Json::array();
  for (const Axis& axis : report.axes) {
    const auto text = row.axes.find(axis.key);
    const auto value = text == row.axes.end()
                           ? axis.values.end()
                           : std::ranges::find(axis.values, text->second, &Axis::Value::text);
    place.push_back(value - axis.values.begin());
  }
  return place;
}

}  // namespace

Json sweep_figures(const Report& report) {
  const std::vector<const Column*> columns = filled_columns(report);
  const std::vector<std::string> arms = arms_of(report);
  Json axes = Json::array(), figures = Json::array(), names = Json::array(), rows = Json::array();
  for (const Axis& axis : report.axes) axes.push_back(axis_json(axis));
  std::vector<double> factors;
  for (const Column* column : columns) {
    const Scale scale = style_for(report, *column).scale;
    factors.push_back(scale.factor);
    figures.push_back({{"key", column->key}, {"title", column->title}, {"unit", scale.unit}});
  }
  for (const std::string& arm : arms) names.push_back({{"name", arm}, {"colour", arm_colour(arm)}});
  for (const Row& row : report.rows) {
    Json values = Json::array();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto value = row.values.find(columns[i]->key);
      values.push_back(value == row.values.end() ? Json(nullptr)
                                                 : Json(chart_number(value->second * factors[i])));
    }
    rows.push_back({{"arm", std::ranges::find(arms, row.axes.at("arm")) - arms.begin()},
                    {"at", place_json(report, row)},
                    {"values", values}});
  }
  return {{"axes", axes}, {"figures", figures}, {"arms", names}, {"rows", rows}};
}

}  // namespace splitbench
