#include <algorithm>
#include <fmt/format.h>
#include <set>

#include "reports/json.hpp"
#include "reports/json_node.hpp"
#include "workloads/foreign_json.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr std::uint64_t kMaxCount = 1'000'000'000'000'000;  // sums of them do not overflow

/// Returns whether a key is there, which reports of before lack, and is not null.
bool is_given(const Node& node, const char* key) {
  return node.has(key) && !node[key].is_null();
}

ReportMeta read_meta(const Node& node) {
  ReportMeta meta{.scenario = node["scenario"].text(),
                  .seed = node["seed"].count(),
                  .seeds = {},
                  .random = !node.has("random") || node["random"].flag(),
                  .time = node["time"].text(),
                  .backend = node["backend"].text(),
                  .model = node["model"].text(),
                  .kv_dtype = node["kv_dtype"].text(),
                  .kv = node.has("kv") ? node["kv"].text() : "",
                  .workers = node.has("workers") ? node["workers"].text() : "",
                  .link_bandwidth = std::nullopt,
                  .link_capacity = std::nullopt,
                  .link_latency = node["link_latency"].time(),
                  .overlap = std::nullopt,
                  .transport = node["transport"].text(),
                  .gpu_shared = node["gpu_shared"].flag(),
                  .verify = node["verify"].text(),
                  .verify_cost = std::nullopt,
                  .slo = {},
                  .slo_target = std::nullopt,
                  .repeats = node["repeats"].count(),
                  .valid = node["valid"].flag(),
                  .warnings = {}};
  if (!node["link_bandwidth"].is_null()) meta.link_bandwidth = node["link_bandwidth"].number();
  if (node.has("seeds"))
    for (const Node& seed : node["seeds"].items()) meta.seeds.push_back(seed.count());
  if (!node["verify_cost"].is_null()) meta.verify_cost = node["verify_cost"].time();
  if (is_given(node, "link_capacity")) meta.link_capacity = node["link_capacity"].number();
  if (is_given(node, "overlap")) meta.overlap = node["overlap"].flag();
  if (is_given(node, "slo_target")) meta.slo_target = node["slo_target"].number();
  for (const auto& [key, bound] : node["slo"].map(&Node::time))
    for (const auto& [name, member] : kSloBounds)
      if (key == name) meta.slo.*member = bound;
  for (const Node& warning : node["warnings"].items()) meta.warnings.push_back(warning.text());
  if (node.has("declared_arms"))  // reports have it since arms can be declared
    for (const Node& arm : node["declared_arms"].items()) meta.declared_arms.push_back(arm.text());
  return meta;
}

RunIncident read_incident(const Node& node) {
  const auto moment = [&](const char* key) {
    return node[key].is_null() ? std::nullopt : std::optional(node[key].time());
  };
  return {.arm = node["arm"].text(),
          .repeat = node["repeat"].count(),
          .incident = {.fault = node["fault"].text(),
                       .target = node["target"].text(),
                       .injected = moment(node.has("struck") ? "struck" : "injected"),
                       .detected = moment("detected"),
                       .recovered = moment("recovered"),
                       .seen = node["seen"].text(),
                       .retried = node["retried"].count(),
                       .lost = node["lost"].count()}};
}

Better read_better(const Node& node) {
  const std::optional<Better> better = kBetterNames.named(node.text());
  if (!better) node.refuse("lower, higher or neither");
  return *better;
}

std::map<std::string, Interval> read_intervals(const Node& node) {
  std::map<std::string, Interval> intervals;
  for (const auto& [key, ends] : node.members()) {
    const std::vector<double> numbers = ends.numbers();
    if (numbers.size() != 2 || numbers[0] > numbers[1]) ends.refuse("a low and a high end");
    intervals[key] = {.low = numbers[0], .high = numbers[1]};
  }
  return intervals;
}

Row read_row(const Node& node) {
  node["axes"]["arm"].text();  // every table needs it
  return {.axes = node["axes"].map(&Node::text),
          .values = node["values"].map(&Node::number),
          .spread = node["spread"].map(&Node::number),
          .ci95 = node["ci95"].map(&Node::number),
          .repeats = node.has("repeats") ? node["repeats"].map(&Node::numbers)
                                         : std::map<std::string, std::vector<double>>(),
          .quantile_ci95 = node.has("quantile_ci95") ? read_intervals(node["quantile_ci95"])
                                                     : std::map<std::string, Interval>(),
          .invalid = node.has("invalid") ? node["invalid"].map(&Node::text)
                                         : std::map<std::string, std::string>(),
          .status = node["status"].text(),
          .verdict = node["verdict"].text(),
          .folder = node["folder"].text()};
}

Axis read_axis(const Node& node) {
  Axis axis{.key = node["key"].text(), .unit = node["unit"].text(), .values = {}};
  for (const Node& value : node["values"].items()) {
    const Node number = value["number"];
    axis.values.push_back(
        {value["text"].text(), number.is_null() ? std::nullopt : std::optional(number.number())});
  }
  return axis;
}

Histogram read_histogram(const Node& node) {
  const std::vector<Node> lows = node["low_ns"].items(), counts = node["count"].items();
  if (lows.size() != counts.size()) node["count"].refuse("as many as low_ns");
  Histogram histogram;
  std::optional<Time> last;
  for (std::size_t i = 0; i < lows.size(); ++i) {
    const Time low = lows[i].nanoseconds();
    if (last && low <= *last) lows[i].refuse("one above that before it");
    if (counts[i].count() == 0 || counts[i].count() > kMaxCount) counts[i].refuse("from 1 to 1e15");
    if (Histogram::low_of(low) != low) lows[i].refuse("the low end of a bucket");
    histogram.add(low, counts[i].count());
    last = low;
  }
  return histogram;
}

Series read_series(const Node& node) {
  Series series{.begin = node["begin_ns"].nanoseconds(),
                .bin = node["bin_ns"].nanoseconds(),
                .waiting = node["waiting"].numbers(),
                .link_rate = node["link_rate"].numbers(),
                .throughput = node["throughput"].numbers()};
  for (const char* key : {"link_rate", "throughput"})
    if (node[key].size() != series.waiting.size()) node[key].refuse("as many as waiting");
  return series;
}

DriftSeries read_drift(const Node& node) {
  DriftSeries series{.axes = node["axes"].map(&Node::text), .points = {}, .changes = {}};
  const std::vector<Node> requests = node["request"].items();
  const auto column = [&](const char* key) {
    std::vector<Node> values = node[key].items();
    if (values.size() != requests.size()) node[key].refuse("as many as request");
    return values;
  };
  const std::vector<Node> drift = column("drift");
  for (std::size_t i = 0; i < requests.size(); ++i) {
    DriftSeries::Point point;
    point.request = requests[i].count();
    point.drift = drift[i].number();
    series.points.push_back(point);
  }
  for (const auto& [key, figure] : kDriftFigures) {
    const std::vector<Node> values = column(key);
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!values[i].is_null()) series.points[i].*figure = values[i].number();
  }
  for (const Node& change : node["changes"].items())
    series.changes.push_back({change["request"].count(), change["codebooks"].count()});
  return series;
}

RateTrial read_trial(const Node& node) {
  node["axes"]["arm"].text();
  return {.axes = node["axes"].map(&Node::text),
          .rate = node["rate"].number(),
          .slo_attainment = node["slo_attainment"].number()};
}

Node::Json parse(std::string_view text, std::string_view name) {
  try {
    // A sweep of 10,000 points has some 200 values for each point and arm, and again as many
    // spreads.
    constexpr std::size_t kMostValues = 20'000'000;
    return parse_foreign_json(text, kMostValues);
  } catch (const JsonError& error) {
    throw InputError(fmt::format("{}: {}, expected a report", name, error.what()));
  }
}

/// Throws unless no two of these have the same key.
void check_keys(const Node& columns) {
  std::set<std::string> keys;
  for (const Node& column : columns.items())
    if (!keys.insert(column["key"].text()).second) column["key"].refuse("another key each");
}

/// Throws if a table, or the histograms, would take far more room than the text of them.
void check_size(const Node& root) {
  constexpr std::size_t kMostCells = 10'000'000, kMostHistograms = 1000;
  check_keys(root["columns"]);
  check_keys(root["axes"]);
  const std::size_t width = root["columns"].size() + root["axes"].size();
  if (root["rows"].size() * width > kMostCells)
    root["rows"].refuse(fmt::format("at most {} cells together", kMostCells));
  std::size_t histograms = 0;
  for (const auto& [arm, of_arm] : root["histograms"].members())
    histograms += of_arm.members().size();
  if (histograms > kMostHistograms)
    root["histograms"].refuse(fmt::format("at most {} together", kMostHistograms));
}

}  // namespace

Report report_from_json(std::string_view text, std::string_view name) {
  const Node::Json json = parse(text, name);
  const Node root(json, name);
  if (const Node version = root["schema_version"];
      version.count() < kOldestReportSchemaVersion || version.count() > kReportSchemaVersion)
    version.refuse(fmt::format("{} to {}", kOldestReportSchemaVersion, kReportSchemaVersion));
  check_size(root);
  Report report;
  report.meta = read_meta(root["meta"]);
  for (const Node& incident : root["incidents"].items())
    report.incidents.push_back(read_incident(incident));
  for (const Node& column : root["columns"].items())
    report.columns.push_back({column["key"].text(), column["title"].text(), column["unit"].text(),
                              read_better(column["better"])});
  for (const Node& axis : root["axes"].items()) report.axes.push_back(read_axis(axis));
  for (const Node& row : root["rows"].items()) {
    for (const Axis& axis : report.axes) row["axes"][axis.key].text();
    report.rows.push_back(read_row(row));
  }
  for (const auto& [arm, of_arm] : root["histograms"].members())
    for (const auto& [latency, histogram] : of_arm.members())
      report.histograms[arm][latency] = read_histogram(histogram);
  for (const auto& [arm, series] : root["series"].members())
    report.series[arm] = read_series(series);
  if (root.has("drift"))
    for (const Node& series : root["drift"].items()) report.drift.push_back(read_drift(series));
  if (root.has("trials"))
    for (const Node& trial : root["trials"].items()) report.trials.push_back(read_trial(trial));
  return report;
}

}  // namespace splitbench
