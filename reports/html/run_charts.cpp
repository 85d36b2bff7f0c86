#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/analysis/histogram_shape.hpp"
#include "reports/columns.hpp"
#include "reports/html/chart_parts.hpp"
#include "reports/html/charts.hpp"
#include "reports/quantity_text.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;

/// A stage and its column "<prefix>_<stage>".
struct StageColumn {
  const StageTitle* stage;
  std::string key;
};

std::vector<StageColumn> stage_columns(const Report& report, std::string_view prefix) {
  std::vector<StageColumn> columns;
  for (const StageTitle& stage : kStageTitles) {
    const std::string key = fmt::format("{}_{}", prefix, stage.key);
    const auto has_it = [&key](const Row& row) {
      return row.values.contains(key) && row.values.at(key) > 0;
    };
    if (std::ranges::any_of(report.rows, has_it)) columns.push_back({&stage, key});
  }
  return columns;
}

double value_or_zero(const Row& row, const std::string& key) {
  const auto value = row.values.find(key);
  return value == row.values.end() ? 0 : value->second;
}

/// Returns a chart with a bar for each arm, of parts that add up.
Json partition_chart(const Report& report, const std::vector<StageColumn>& parts) {
  double longest = 0;
  Json labels = Json::array(), series = Json::array();
  for (const Row& row : report.rows) {
    double total = 0;
    for (const StageColumn& part : parts) total += value_or_zero(row, part.key);
    longest = std::max(longest, total);
    labels.push_back(row.axes.at("arm"));
  }
  const Scale scale = scale_for(longest, "s");
  for (const auto& [stage, key] : parts) {
    Json values = Json::array();
    for (const Row& row : report.rows)
      values.push_back(chart_number(value_or_zero(row, key) * scale.factor));
    series.push_back({{"name", stage->title},
                      {"colour", fmt::format("stage-{}", stage->key)},
                      {"values", values}});
  }
  return {{"kind", "bars"},
          {"unit", scale.unit},
          {"stacked", true},
          {"labels", labels},
          {"series", series}};
}

/// Returns a chart with a bar for each stage and arm, side by side.
Json stage_chart(const Report& report, const std::vector<StageColumn>& stages) {
  double longest = 0;
  Json labels = Json::array(), series = Json::array();
  for (const auto& [stage, key] : stages) {
    labels.push_back(stage->title);
    for (const Row& row : report.rows) longest = std::max(longest, value_or_zero(row, key));
  }
  const Scale scale = scale_for(longest, "s");
  for (const Row& row : report.rows) {
    Json values = Json::array();
    for (const StageColumn& stage : stages)
      values.push_back(chart_number(value_or_zero(row, stage.key) * scale.factor));
    const std::string& arm = row.axes.at("arm");
    series.push_back({{"name", arm}, {"colour", arm_colour(arm)}, {"values", values}});
  }
  return {{"kind", "bars"},
          {"unit", scale.unit},
          {"stacked", false},
          {"labels", labels},
          {"series", series}};
}

/// The histograms of one latency, by arm.
struct ArmHistograms {
  std::vector<std::string> arms;
  std::vector<Histogram> histograms;
};

ArmHistograms histograms_of(const Report& report, std::string_view latency) {
  ArmHistograms found;
  for (const auto& [arm, by_latency] : in_order_of_rows(report, report.histograms))
    if (const auto it = by_latency->find(std::string(latency));
        it != by_latency->end() && it->second.count() > 0) {
      found.arms.push_back(arm);
      found.histograms.push_back(it->second);
    }
  return found;
}

Json histogram_chart(const ArmHistograms& of, std::string_view title) {
  const HistogramShape shape = shape_of(of.histograms);
  const Scale scale = scale_for(shape.edges.back(), "s");
  Json series = Json::array();
  for (std::size_t arm = 0; arm < of.arms.size(); ++arm) {
    Json points = Json::array();
    for (std::size_t bin = 0; bin + 1 < shape.edges.size(); ++bin)
      points.push_back({chart_number(shape.edges[bin] * scale.factor),
                        chart_number(100 * shape.shares[arm][bin])});
    points.push_back({chart_number(shape.edges.back() * scale.factor), 0});
    series.push_back(line_of_arm(of.arms[arm], points));
  }
  Json chart = line_chart(chart_axis(title, scale.unit, "either"),
                          chart_axis("share", "%", "linear"), series);
  chart["stepped"] = true;
  return chart;
}

Json curve_chart(const ArmHistograms& of, std::string_view title) {
  double longest = 0;
  for (const Histogram& histogram : of.histograms)
    longest = std::max(longest, histogram.quantile(1));
  const Scale scale = scale_for(longest, "s");
  Json series = Json::array();
  for (std::size_t arm = 0; arm < of.arms.size(); ++arm) {
    Json points = Json::array();
    for (const CurvePoint& point : percentile_curve(of.histograms[arm]))
      points.push_back({chart_number(point.one_in), chart_number(point.seconds * scale.factor)});
    series.push_back(line_of_arm(of.arms[arm], points));
  }
  return line_chart(chart_axis("percentile", "", "percentile"),
                    chart_axis(title, scale.unit, "either"), series);
}

}  // namespace

Json run_charts(const Report& report) {
  Json charts = Json::object(), latencies = Json::array();
  if (const auto parts = stage_columns(report, "part"); !parts.empty())
    charts["partition"] = partition_chart(report, parts);
  auto stages = stage_columns(report, "stage");
  std::erase_if(stages, [](const StageColumn& column) {
    return column.stage->key == "prefill_compute" || column.stage->key == "first_decode_step";
  });
  if (!stages.empty()) charts["stages"] = stage_chart(report, stages);
  charts["waiting"] = series_chart(report, {&Series::waiting, "requests waiting", "count"});
  charts["link_rate"] = series_chart(report, {&Series::link_rate, "link", "bit/s"});
  charts["throughput"] = series_chart(report, {&Series::throughput, "completed", "1/s"});
  for (const Latency& latency : kLatencies)
    if (const ArmHistograms of = histograms_of(report, latency.key); !of.arms.empty())
      latencies.push_back({{"key", latency.key},
                           {"title", latency.title},
                           {"histogram", histogram_chart(of, latency.title)},
                           {"curve", curve_chart(of, latency.title)}});
  return {{"charts", charts}, {"latencies", latencies}};
}

}  // namespace splitbench
