#include "reports/html/named_charts.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

#include "reports/columns.hpp"
#include "reports/html/charts.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;

/// Returns "within SLO, %", the title of a chart of lines.
std::string title_of(const Json& chart, const std::string& otherwise) {
  if (chart.at("kind") != "lines") return otherwise + ", " + chart.at("unit").get<std::string>();
  const Json& y = chart.at("y");
  const std::string title = y.at("title"), unit = y.at("unit");
  return unit.empty() ? title : title + ", " + unit;
}

void add(std::vector<NamedChart>& charts, std::string name, const Json& chart,
         const std::string& title = "") {
  if (!chart.is_null()) charts.push_back({std::move(name), title_of(chart, title), chart});
}

std::string name_at(const std::string& name, const std::vector<std::string>& at) {
  return at.empty() ? name : fmt::format("{}:{}", name, fmt::join(at, ","));
}

void add_run_charts(std::vector<NamedChart>& charts, const Report& report) {
  const Json drawn = run_charts(report);
  for (const auto& [name, chart] : drawn.at("charts").items())
    add(charts, name, chart,
        name == "partition" ? "Where the time to first token went" : "What a transfer is made of");
  for (const Json& latency : drawn.at("latencies")) {
    const std::string key = latency.at("key"), title = latency.at("title");
    for (const char* kind : {"histogram", "curve"}) {
      add(charts, fmt::format("{}_{}", key, kind), latency.at(kind));
      if (kind == std::string("histogram")) charts.back().title = title + ", share of requests, %";
    }
  }
}

/// Returns each combination of the axes' values, as indices; the value of axis `along` stays 0.
std::vector<std::vector<std::size_t>> places_beside(const Json& axes, std::size_t along) {
  std::vector<std::vector<std::size_t>> places = {{}};
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    std::vector<std::vector<std::size_t>> longer;
    const std::size_t values = axis == along ? 1 : axes[axis].at("labels").size();
    for (const auto& place : places)
      for (std::size_t value = 0; value < values; ++value) {
        longer.push_back(place);
        longer.back().push_back(value);
      }
    places = std::move(longer);
  }
  return places;
}

/// Returns whether a row of sweep_figures() lies on the line along an axis through a place.
bool lies_on(const Json& row, const std::vector<std::size_t>& place, std::size_t along) {
  for (std::size_t axis = 0; axis < place.size(); ++axis)
    if (axis != along && row.at("at")[axis] != place[axis]) return false;
  return true;
}

/// Returns the chart that page.js makes of sweep_figures(): a line for each arm along one axis.
Json line_of_sweep(const Json& sweep, std::size_t figure, std::size_t along,
                   const std::vector<std::size_t>& place) {
  const Json& axis = sweep.at("axes")[along];
  const bool numeric = std::ranges::none_of(axis.at("numbers"), &Json::is_null);
  const bool positive = numeric && std::ranges::all_of(axis.at("numbers"), [](const Json& number) {
                          return number > 0;
                        });
  Json series = Json::array();
  for (std::size_t arm = 0; arm < sweep.at("arms").size(); ++arm) {
    std::vector<std::pair<double, double>> points;
    for (const Json& row : sweep.at("rows")) {
      const Json& value = row.at("values")[figure];
      if (row.at("arm") != arm || value.is_null() || !lies_on(row, place, along)) continue;
      const std::size_t at = row.at("at")[along];
      if (at < axis.at("labels").size())
        points.emplace_back(numeric ? axis.at("numbers")[at].get<double>() : double(at), value);
    }
    std::ranges::sort(points);
    Json line = sweep.at("arms")[arm];
    line["points"] = points;
    series.push_back(line);
  }
  const Json& of = sweep.at("figures")[figure];
  return {{"kind", "lines"},
          {"stepped", false},
          {"log", true},
          {"x",
           {{"title", axis.at("key")},
            {"unit", axis.at("unit")},
            {"labels", axis.at("labels")},
            {"numbers", numeric ? axis.at("numbers") : Json(nullptr)},
            {"scale", positive ? "either" : "linear"}}},
          {"y", {{"title", of.at("title")}, {"unit", of.at("unit")}, {"scale", "either"}}},
          {"series", series}};
}

std::vector<std::string> texts_at(const Report& report, const std::vector<std::size_t>& place,
                                  std::size_t along) {
  std::vector<std::string> texts;
  for (std::size_t axis = 0; axis < place.size(); ++axis)
    if (axis != along)
      texts.push_back(
          fmt::format("{}={}", report.axes[axis].key, report.axes[axis].values[place[axis]].text));
  return texts;
}

void add_sweep_charts(std::vector<NamedChart>& charts, const Report& report) {
  const Json sweep = sweep_figures(report);
  const auto link = std::ranges::find(report.axes, "link.bandwidth", &Axis::key);
  const std::size_t along = link == report.axes.end()
                                ? report.axes.size() - 1
                                : static_cast<std::size_t>(link - report.axes.begin());
  const Json& figures = sweep.at("figures");
  for (const Column* column : sweep_columns(report)) {
    const auto found = std::ranges::find_if(
        figures, [&](const Json& figure) { return figure.at("key") == column->key; });
    if (found == figures.end()) continue;
    for (const std::vector<std::size_t>& place : places_beside(sweep.at("axes"), along)) {
      const std::vector<std::string> at = texts_at(report, place, along);
      Json chart =
          line_of_sweep(sweep, static_cast<std::size_t>(found - figures.begin()), along, place);
      if (!at.empty()) chart["note"] = fmt::format("{}", fmt::join(at, ", "));
      add(charts, name_at(column->key, at), chart);
    }
  }
}

void add_drift_charts(std::vector<NamedChart>& charts, const Report& report) {
  const Json drift = drift_charts(report);
  if (drift.is_null()) return;
  const Json& choices = drift.at("choices");
  for (const Json& group : drift.at("groups")) {
    std::vector<std::string> at;
    for (std::size_t i = 0; i < choices.size(); ++i)
      if (const std::size_t value = group.at("at")[i]; value < choices[i].at("values").size())
        at.push_back(fmt::format("{}={}", choices[i].at("title").get<std::string>(),
                                 choices[i].at("values")[value].get<std::string>()));
    for (const auto& [name, chart] : group.at("charts").items())
      add(charts, name_at(name, at), chart);
  }
}

}  // namespace

std::vector<NamedChart> named_charts(const Report& report) {
  std::vector<NamedChart> charts;
  for (const Json& attainment : attainment_charts(report))
    add(charts, name_at("attainment", attainment.at("at")), attainment.at("chart"));
  report.axes.empty() ? add_run_charts(charts, report) : add_sweep_charts(charts, report);
  add_drift_charts(charts, report);
  return charts;
}

}  // namespace splitbench
