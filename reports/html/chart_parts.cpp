#include "reports/html/chart_parts.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/quantity_text.hpp"
#include "workloads/statistics.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostMoments = 240;

/// The moments at which all arms' series are shown.
struct Clock {
  double begin = 0, end = 0;  // seconds
  std::size_t bins = 0;

  double edge(std::size_t bin) const {
    return std::lerp(begin, end, static_cast<double>(bin) / static_cast<double>(bins));
  }
};

double end_of(const Series& series) {
  return seconds(series.begin + series.bin * static_cast<std::int64_t>(series.waiting.size()));
}

Clock common_clock(const Report& report) {
  Clock clock;
  for (const auto& [arm, series] : report.series) {
    clock.bins = std::min(std::max(clock.bins, series.waiting.size()), kMostMoments);
    clock.begin = std::min(clock.begin, seconds(series.begin));
    clock.end = std::max(clock.end, end_of(series));
  }
  return clock;
}

/// Returns the mean of a series from one moment to another, in seconds; 0 where it has no bins.
double mean_between(const Series& series, const std::vector<double>& values, double from,
                    double to) {
  const double begin = seconds(series.begin), width = seconds(series.bin);
  const auto first = static_cast<std::size_t>(std::max(0.0, std::floor((from - begin) / width)));
  double sum = 0;
  for (std::size_t i = first; i < values.size(); ++i) {
    const double low = begin + width * static_cast<double>(i);
    if (low >= to) break;
    sum += values[i] * std::max(0.0, std::min(to, low + width) - std::max(from, low));
  }
  return sum / (to - from);
}

}  // namespace

double chart_number(double value) {
  return round_to_digits(value, 5);
}

std::string_view arm_colour(std::string_view arm) {
  if (arm == "raw") return "arm-raw";
  if (arm == "bypass") return "arm-bypass";
  if (arm == "ranked") return "arm-ranked";
  if (arm == "auto") return "arm-auto";
  return arm == "splitzip" ? "arm-splitzip" : "arm-other";
}

Json chart_axis(std::string_view title, std::string_view unit, std::string_view scale) {
  return {{"title", title}, {"unit", unit}, {"scale", scale}};
}

Json line_of_arm(const std::string& arm, Json points) {
  return {{"name", arm}, {"colour", arm_colour(arm)}, {"points", std::move(points)}};
}

Json line_chart(Json x, Json y, Json series) {
  return {{"kind", "lines"},
          {"stepped", false},
          {"x", std::move(x)},
          {"y", std::move(y)},
          {"series", std::move(series)}};
}

Json series_chart(const Report& report, const SeriesColumn& column) {
  const Clock clock = common_clock(report);
  if (clock.bins == 0) return nullptr;
  double largest = 0;
  for (const auto& [arm, series] : report.series)
    for (const double value : series.*column.values) largest = std::max(largest, value);
  const Scale x = scale_for(clock.end, "s"), y = scale_for(largest, column.unit);
  Json all = Json::array();
  for (const auto& [arm, series] : in_order_of_rows(report, report.series)) {
    Json points = Json::array();
    for (std::size_t bin = 0; bin < clock.bins && clock.edge(bin) < end_of(*series); ++bin) {
      const double from = clock.edge(bin), to = clock.edge(bin + 1);
      points.push_back(
          {chart_number((from + to) / 2 * x.factor),
           chart_number(mean_between(*series, series->*column.values, from, to) * y.factor)});
    }
    all.push_back(line_of_arm(arm, points));
  }
  return line_chart(chart_axis("time", x.unit, "linear"),
                    chart_axis(column.title, y.unit, "linear"), all);
}

}  // namespace splitbench
