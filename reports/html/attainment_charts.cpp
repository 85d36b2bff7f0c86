#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "reports/analysis/arm_comparison.hpp"
#include "reports/columns.hpp"
#include "reports/html/chart_parts.hpp"
#include "reports/html/charts.hpp"
#include "reports/quantity_text.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kRate = "workload.rate";
constexpr double kUsualTarget = 0.9;  // share of requests, where the report names none

/// The attainment of one arm at one rate, and where in a sweep.
struct Attainment {
  RowPlace place;  ///< values of the axes but arm and rate
  std::string arm;
  double rate = 0, share = 0;
};

std::vector<Attainment> attainments_of_trials(const Report& report) {
  std::vector<Attainment> all;
  for (const RateTrial& trial : report.trials) {
    Attainment& each = all.emplace_back(
        Attainment{trial.axes, trial.axes.at("arm"), trial.rate, trial.slo_attainment});
    each.place.erase("arm");
  }
  return all;
}

/// Returns those of a sweep over the rate; none of any other report. An overloaded system has its
/// place here: it misses its SLO the more the longer the run was.
std::vector<Attainment> attainments_of_rows(const Report& report) {
  const auto rates = std::ranges::find(report.axes, kRate, &Axis::key);
  std::vector<Attainment> all;
  if (rates == report.axes.end()) return all;
  for (const Row& row : report.rows) {
    const auto share = row.values.find("slo_attainment");
    const auto rate = std::ranges::find(rates->values, row.axes.at(kRate), &Axis::Value::text);
    if (share == row.values.end() || !row.is_valid(share->first) || rate == rates->values.end() ||
        !rate->number)
      continue;
    Attainment& each = all.emplace_back(
        Attainment{place_of(row), row.axes.at("arm"), *rate->number, share->second});
    each.place.erase(kRate);
  }
  return all;
}

/// Returns the rate at which a line, ordered by rates, falls below the target for good; nothing if
/// it does not cross it.
std::optional<double> crossing_of(const std::vector<Attainment>& line, double target) {
  for (std::size_t i = line.size(); i-- > 1;) {
    const Attainment &before = line[i - 1], &after = line[i];
    if (before.share < target || after.share >= target || before.rate <= 0) continue;
    const double part = (before.share - target) / (before.share - after.share);
    return std::exp(std::lerp(std::log(before.rate), std::log(after.rate), part));
  }
  return std::nullopt;
}

/// Returns up to which rate a line meets the target: "8.1", "> 16" or "< 2".
std::string crossing_text(const std::vector<Attainment>& line, double target) {
  if (const std::optional<double> crossing = crossing_of(line, target))
    return fmt::format("{:.3g}", *crossing);
  return line.back().share >= target ? fmt::format("> {:.3g}", line.back().rate)
                                     : fmt::format("< {:.3g}", line.front().rate);
}

Json points_of(const std::vector<Attainment>& line) {
  Json points = Json::array();
  for (const Attainment& each : line)
    points.push_back({chart_number(each.rate), chart_number(100 * each.share)});
  return points;
}

using Lines = std::vector<std::pair<std::string, std::vector<Attainment>>>;  // by arm

Json chart_of(const Lines& lines, double target) {
  Json series = Json::array(), marks = Json::array();
  std::vector<std::string> crossings;
  double low = lines.front().second.front().rate, high = low;
  for (const auto& [arm, line] : lines) {
    series.push_back(line_of_arm(arm, points_of(line)));
    low = std::min(low, line.front().rate);
    high = std::max(high, line.back().rate);
    if (const std::optional<double> crossing = crossing_of(line, target))
      marks.push_back({chart_number(*crossing), arm_colour(arm)});
    crossings.push_back(fmt::format("{} {}", arm, crossing_text(line, target)));
  }
  const std::string name = fmt::format("{:.4g}%", 100 * target);
  series.push_back(
      {{"name", name},
       {"colour", "drift"},
       {"points", {{chart_number(low), 100 * target}, {chart_number(high), 100 * target}}}});
  Json chart = line_chart(chart_axis("request rate", "1/s", "either"),
                          chart_axis("within SLO", "%", "linear"), series);
  chart["log"] = true;
  chart["note"] = fmt::format("{} up to {} /s", name, fmt::join(crossings, ", "));
  if (!marks.empty()) chart["marks"] = marks;
  return chart;
}

/// Returns the line of each arm, in order of first appearance, each ordered by rates.
Lines lines_of(const std::vector<Attainment>& all) {
  Lines lines;
  for (const Attainment& each : all) {
    auto found = std::ranges::find(lines, each.arm, &Lines::value_type::first);
    if (found == lines.end()) found = lines.insert(lines.end(), {each.arm, {}});
    found->second.push_back(each);
  }
  for (auto& [arm, line] : lines) std::ranges::stable_sort(line, {}, &Attainment::rate);
  return lines;
}

}  // namespace

Json attainment_charts(const Report& report) {
  const std::vector<Attainment> all =
      report.trials.empty() ? attainments_of_rows(report) : attainments_of_trials(report);
  std::vector<std::pair<RowPlace, std::vector<Attainment>>> groups;
  for (const Attainment& each : all) {
    auto found = std::ranges::find(groups, each.place, &decltype(groups)::value_type::first);
    if (found == groups.end()) found = groups.insert(groups.end(), {each.place, {}});
    found->second.push_back(each);
  }
  Json charts = Json::array();
  for (const auto& [place, group] : groups) {
    std::vector<std::string> at;
    for (const auto& [axis, value] : place) at.push_back(fmt::format("{}={}", axis, value));
    charts.push_back(
        {{"at", at},
         {"chart", chart_of(lines_of(group), report.meta.slo_target.value_or(kUsualTarget))}});
  }
  return charts;
}

}  // namespace splitbench
