#include "reports/json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;

Json meta_json(const ReportMeta& meta) {
  Json slo = Json::object();
  for (const auto& [key, bound] : kSloBounds)
    if (meta.slo.*bound) slo[key] = seconds(*(meta.slo.*bound));
  Json json = {{"scenario", meta.scenario},
               {"seed", meta.seed},
               {"seeds", meta.seeds},
               {"random", meta.random},
               {"time", meta.time},
               {"backend", meta.backend},
               {"valid", meta.valid},
               {"warnings", meta.warnings},
               {"model", meta.model},
               {"kv_dtype", meta.kv_dtype},
               {"kv", meta.kv},
               {"workers", meta.workers},
               {"link_bandwidth", nullptr},
               {"link_capacity", nullptr},
               {"link_latency", seconds(meta.link_latency)},
               {"overlap", nullptr},
               {"transport", meta.transport},
               {"gpu_shared", meta.gpu_shared},
               {"declared_arms", meta.declared_arms},
               {"verify", meta.verify},
               {"verify_cost", nullptr},
               {"slo", slo},
               {"slo_target", nullptr},
               {"repeats", meta.repeats}};
  if (meta.link_bandwidth) json["link_bandwidth"] = *meta.link_bandwidth;
  if (meta.link_capacity) json["link_capacity"] = *meta.link_capacity;
  if (meta.overlap) json["overlap"] = *meta.overlap;
  if (meta.slo_target) json["slo_target"] = *meta.slo_target;
  if (meta.verify_cost) json["verify_cost"] = seconds(*meta.verify_cost);
  return json;
}

Json moment_json(const std::optional<Time>& moment) {
  return moment ? Json(seconds(*moment)) : Json(nullptr);
}

Json incident_json(const RunIncident& of_run) {
  const Incident& i = of_run.incident;
  return {{"arm", of_run.arm},
          {"repeat", of_run.repeat},
          {"fault", i.fault},
          {"target", i.target},
          {"injected", moment_json(i.injected)},
          {"detected", moment_json(i.detected)},
          {"recovered", moment_json(i.recovered)},
          {"seen", i.seen},
          {"retried", i.retried},
          {"lost", i.lost}};
}

Json number_json(double number) {
  return number;
}
Json number_json(const std::vector<double>& numbers) {
  return numbers;
}
Json number_json(const Interval& interval) {
  return {interval.low, interval.high};
}

/// Returns the figures that are present, in the order of the columns.
template <class Figure>
Json figures_json(const std::vector<Column>& columns,
                  const std::map<std::string, Figure>& figures) {
  Json json = Json::object();
  for (const Column& column : columns)
    if (const auto figure = figures.find(column.key); figure != figures.end())
      json[column.key] = number_json(figure->second);
  return json;
}

Json axis_json(const Axis& axis) {
  Json values = Json::array();
  for (const Axis::Value& value : axis.values)
    values.push_back(
        {{"text", value.text}, {"number", value.number ? Json(*value.number) : Json(nullptr)}});
  return {{"key", axis.key}, {"unit", axis.unit}, {"values", values}};
}

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Returns a JSON array with a line for each element.
template <class Elements, class ToJson>
std::string list_text(const Elements& elements, ToJson to_json) {
  std::string text;
  for (const auto& element : elements)
    text += (text.empty() ? "\n    " : ",\n    ") + line_of(to_json(element));
  return text.empty() ? "[]" : "[" + text + "\n  ]";
}

/// Returns a JSON object with a line for each arm.
template <class ByArm, class ToJson>
std::string map_text(const ByArm& by_arm, ToJson to_json) {
  std::string text;
  for (const auto& [arm, value] : by_arm)
    text += fmt::format("{}{}: {}", text.empty() ? "\n    " : ",\n    ", line_of(arm),
                        line_of(to_json(value)));
  return text.empty() ? "{}" : "{" + text + "\n  }";
}

Json histograms_json(const std::map<std::string, Histogram>& by_latency) {
  Json json = Json::object();
  for (const auto& [latency, histogram] : by_latency) {
    Json lows = Json::array(), counts = Json::array();
    for (const Histogram::Bucket& bucket : histogram.buckets()) {
      lows.push_back(bucket.low.count());
      counts.push_back(bucket.count);
    }
    json[latency] = {{"low_ns", lows}, {"count", counts}};
  }
  return json;
}

Json series_json(const Series& series) {
  return {{"begin_ns", series.begin.count()},
          {"bin_ns", series.bin.count()},
          {"waiting", series.waiting},
          {"link_rate", series.link_rate},
          {"throughput", series.throughput}};
}

Json drift_json(const DriftSeries& series) {
  Json json = {{"axes", series.axes}};
  for (const DriftSeries::Point& point : series.points) {
    json["request"].push_back(point.request);
    json["drift"].push_back(point.drift);
    for (const auto& [key, figure] : kDriftFigures)
      json[key].push_back(point.*figure ? Json(*(point.*figure)) : Json(nullptr));
  }
  json["changes"] = Json::array();
  for (const DriftSeries::Change& change : series.changes)
    json["changes"].push_back({{"request", change.request}, {"codebooks", change.codebooks}});
  return json;
}

Json trial_json(const RateTrial& trial) {
  return {{"axes", trial.axes}, {"rate", trial.rate}, {"slo_attainment", trial.slo_attainment}};
}

Json column_json(const Column& column) {
  return {{"key", column.key},
          {"title", column.title},
          {"unit", column.unit},
          {"better", kBetterNames[column.better]}};
}

Json row_json(const std::vector<Column>& columns, const Row& row) {
  Json json = {{"axes", row.axes},
               {"values", figures_json(columns, row.values)},
               {"spread", figures_json(columns, row.spread)},
               {"ci95", figures_json(columns, row.ci95)},
               {"invalid", row.invalid},
               {"status", row.status},
               {"verdict", row.verdict},
               {"folder", row.folder}};
  if (!row.repeats.empty()) json["repeats"] = figures_json(columns, row.repeats);
  if (!row.quantile_ci95.empty()) json["quantile_ci95"] = figures_json(columns, row.quantile_ci95);
  return json;
}

}  // namespace

std::string to_json(const Report& report) {
  const auto row = [&](const Row& each) { return row_json(report.columns, each); };
  std::vector<std::pair<const char*, std::string>> members = {
      {"schema_version", fmt::format("{}", kReportSchemaVersion)},
      {"meta", line_of(meta_json(report.meta))},
      {"columns", list_text(report.columns, column_json)},
      {"rows", list_text(report.rows, row)},
      {"axes", list_text(report.axes, axis_json)},
      {"incidents", list_text(report.incidents, incident_json)},
      {"histograms", map_text(report.histograms, histograms_json)},
      {"series", map_text(report.series, series_json)},
  };
  if (!report.drift.empty()) members.emplace_back("drift", list_text(report.drift, drift_json));
  if (!report.trials.empty()) members.emplace_back("trials", list_text(report.trials, trial_json));
  std::string text;
  for (const auto& [key, value] : members)
    text += fmt::format("{}\"{}\": {}", text.empty() ? "{\n  " : ",\n  ", key, value);
  return text + "\n}\n";
}

}  // namespace splitbench
