#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string_view>

#include "reports/html/chart_parts.hpp"
#include "reports/html/charts.hpp"
#include "reports/quantity_text.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;
using Point = DriftSeries::Point;
using Figure = std::optional<double> Point::*;

struct DriftColumn {
  std::string_view name;
  Figure figure;
  std::string_view title;
  std::string_view unit;
};
constexpr std::array kColumns = {
    DriftColumn{"drift_ratio", &Point::ratio, "ratio", "ratio"},
    DriftColumn{"drift_escapes", &Point::escape_rate, "escapes", "share"},
    DriftColumn{"drift_transfer", &Point::transfer, "transfer", "s"},
    DriftColumn{"drift_ttft", &Point::ttft, "TTFT", "s"},
};

using Group = std::vector<const DriftSeries*>;

/// A case that the reader can choose: the index of each choice's value, and the series to show.
struct Case {
  std::vector<std::ptrdiff_t> at;
  Group group;
};

constexpr std::string_view kPolicy = "policy";

const std::string& name_of(const DriftSeries& series) {
  const auto policy = series.axes.find(std::string(kPolicy));
  return policy == series.axes.end() ? series.axes.at("arm") : policy->second;
}

std::string colour_of(const DriftSeries& series) {
  constexpr std::array<std::string_view, 4> kPolicies = {"none", "fixed", "fallback",
                                                         "recalibrate"};
  if (!series.axes.contains(std::string(kPolicy)))
    return std::string(arm_colour(series.axes.at("arm")));
  const std::string& policy = name_of(series);
  return std::ranges::find(kPolicies, policy) == kPolicies.end() ? "arm-other" : "policy-" + policy;
}

Json points_of(const DriftSeries& series, Figure figure, double factor) {
  Json points = Json::array();
  for (const Point& point : series.points)
    if (point.*figure) points.push_back({point.request, chart_number(*(point.*figure) * factor)});
  return points;
}

/// Adds how far the KV had drifted, and the best possible ratio: the same for each line of a group.
void add_backdrop(Json& lines, const Group& group) {
  const auto has_best = [](const DriftSeries* series) {
    return std::ranges::any_of(series->points,
                               [](const Point& p) { return p.ideal_ratio.has_value(); });
  };
  if (const auto found = std::ranges::find_if(group, has_best); found != group.end())
    lines.push_back({{"name", "best codebooks"},
                     {"colour", "best"},
                     {"points", points_of(**found, &Point::ideal_ratio, 1)}});
  Json drift = Json::array();
  for (const Point& point : group.front()->points) drift.push_back({point.request, point.drift});
  lines.push_back(
      {{"name", "drift, 0 to 1"}, {"colour", "drift"}, {"area", true}, {"points", drift}});
}

Json marks_of(const Group& group) {
  Json marks = Json::array();
  for (const DriftSeries* series : group)
    for (const DriftSeries::Change& change : series->changes)
      marks.push_back({change.request, colour_of(*series)});
  return marks;
}

Json chart_of(const Group& group, const DriftColumn& column) {
  double largest = 0;
  for (const DriftSeries* series : group)
    for (const Point& point : series->points)
      largest = std::max(largest, (point.*column.figure).value_or(0));
  const Scale scale = scale_for(largest, column.unit);
  Json lines = Json::array();
  for (const DriftSeries* series : group)
    if (Json points = points_of(*series, column.figure, scale.factor); !points.empty())
      lines.push_back(
          {{"name", name_of(*series)}, {"colour", colour_of(*series)}, {"points", points}});
  if (lines.empty()) return nullptr;
  if (column.figure == &Point::ratio) add_backdrop(lines, group);
  Json chart = line_chart(chart_axis("request", "", "linear"),
                          chart_axis(column.title, scale.unit, "linear"), lines);
  if (Json marks = marks_of(group); !marks.empty()) {
    chart["marks"] = std::move(marks);
    chart["note"] = "▴ codebooks replaced";
  }
  return chart;
}

std::vector<Axis> choices_of(const Report& report) {
  std::vector<Axis> choices = report.axes;
  std::erase_if(choices, [](const Axis& axis) { return axis.key == kPolicy; });
  return choices;
}

std::vector<std::ptrdiff_t> place_of(const DriftSeries& series, const std::vector<Axis>& choices) {
  std::vector<std::ptrdiff_t> place;
  for (const Axis& axis : choices) {
    const auto value = series.axes.find(axis.key);
    const auto found = value == series.axes.end()
                           ? axis.values.end()
                           : std::ranges::find(axis.values, value->second, &Axis::Value::text);
    place.push_back(found - axis.values.begin());
  }
  return place;
}

/// Returns the cases in the order in which they first appear.
std::vector<Case> cases_of(const Report& report, const std::vector<Axis>& choices) {
  std::vector<Case> cases;
  for (const DriftSeries& series : report.drift) {
    if (series.points.empty()) continue;
    const std::vector<std::ptrdiff_t> place = place_of(series, choices);
    auto found = std::ranges::find(cases, place, &Case::at);
    if (found == cases.end()) found = cases.insert(cases.end(), Case{place, {}});
    found->group.push_back(&series);
  }
  return cases;
}

}  // namespace

Json drift_charts(const Report& report) {
  const std::vector<Axis> axes = choices_of(report);
  Json choices = Json::array(), names = Json::array(), groups = Json::array();
  for (const Axis& axis : axes) {
    Json values = Json::array();
    for (const Axis::Value& value : axis.values) values.push_back(value.text);
    choices.push_back({{"title", axis.key}, {"values", values}});
  }
  for (const auto& [place, group] : cases_of(report, axes)) {
    Json charts = Json::object();
    for (const DriftColumn& column : kColumns) charts[column.name] = chart_of(group, column);
    groups.push_back({{"at", place}, {"charts", charts}});
  }
  if (groups.empty()) return nullptr;
  for (const DriftColumn& column : kColumns)
    if (std::ranges::any_of(groups, [&](const Json& group) {
          return !group.at("charts").at(column.name).is_null();
        }))
      names.push_back(column.name);
  return {{"choices", choices}, {"names", names}, {"groups", groups}};
}

}  // namespace splitbench
