#include "reports/json.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 3> kBetterNames = {"neither", "lower", "higher"};
constexpr std::array<std::pair<const char*, std::optional<Time> Slo::*>, 3> kSloBounds = {
    {{"ttft", &Slo::ttft}, {"tpot", &Slo::tpot}, {"e2el", &Slo::e2el}}};

Json meta_json(const ReportMeta& meta) {
  Json slo = Json::object();
  for (const auto& [key, bound] : kSloBounds)
    if (meta.slo.*bound) slo[key] = seconds(*(meta.slo.*bound));
  Json json = {{"scenario", meta.scenario},
               {"seed", meta.seed},
               {"time", meta.time},
               {"backend", meta.backend},
               {"valid", meta.valid},
               {"warnings", meta.warnings},
               {"model", meta.model},
               {"kv_dtype", meta.kv_dtype},
               {"link_bandwidth", nullptr},
               {"link_latency", seconds(meta.link_latency)},
               {"transport", meta.transport},
               {"gpu_shared", meta.gpu_shared},
               {"verify", meta.verify},
               {"verify_cost", nullptr},
               {"slo", slo},
               {"repeats", meta.repeats}};
  if (meta.link_bandwidth) json["link_bandwidth"] = *meta.link_bandwidth;
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
          {"struck", moment_json(i.struck)},
          {"detected", moment_json(i.detected)},
          {"recovered", moment_json(i.recovered)},
          {"seen", i.seen},
          {"retried", i.retried},
          {"lost", i.lost}};
}

/// The figures that are there, in the order of the columns.
Json figures_json(const std::vector<Column>& columns,
                  const std::map<std::string, double>& figures) {
  Json json = Json::object();
  for (const Column& column : columns)
    if (const auto figure = figures.find(column.key); figure != figures.end())
      json[column.key] = figure->second;
  return json;
}

/// A value in the text that is read. It knows its path, which messages name.
class Node {
 public:
  Node(const Json& json, std::string_view file, std::string path = "")
      : json_(json), file_(file), path_(std::move(path)) {}

  Node operator[](const std::string& key) const {
    if (!json_.is_object()) refuse("an object");
    const std::string path = path_.empty() ? key : path_ + "." + key;
    if (!json_.contains(key))
      throw InputError(fmt::format("{}: {} is missing, expected a report of schema_version {}",
                                   file_, path, kReportSchemaVersion));
    return {json_.at(key), file_, path};
  }

  bool has(const std::string& key) const { return json_.is_object() && json_.contains(key); }
  bool is_null() const { return json_.is_null(); }

  std::string text() const {
    if (!json_.is_string()) refuse("a text");
    return json_.get<std::string>();
  }
  bool flag() const {
    if (!json_.is_boolean()) refuse("true or false");
    return json_.get<bool>();
  }
  std::uint64_t count() const {
    if (!json_.is_number_unsigned()) refuse("an integer from 0");
    return json_.get<std::uint64_t>();
  }
  double number() const {
    if (!json_.is_number()) refuse("a number");
    return json_.get<double>();
  }
  Time time() const {
    const double value = number();
    if (!(std::abs(value) < 1e9)) refuse("seconds below 1e9");
    return Time(std::llround(value * 1e9));
  }
  Better better() const {
    const auto found = std::ranges::find(kBetterNames, text());
    if (found == kBetterNames.end()) refuse("lower, higher or neither");
    return static_cast<Better>(found - kBetterNames.begin());
  }

  std::vector<Node> items() const {
    if (!json_.is_array()) refuse("an array");
    std::vector<Node> nodes;
    for (const Json& item : json_)
      nodes.emplace_back(item, file_, fmt::format("{}[{}]", path_, nodes.size()));
    return nodes;
  }
  /// An object whose values are all of one kind.
  template <typename Value>
  std::map<std::string, Value> map(Value (Node::*read)() const) const {
    if (!json_.is_object()) refuse("an object");
    std::map<std::string, Value> values;
    for (const auto& [key, value] : json_.items()) values[key] = ((*this)[key].*read)();
    return values;
  }

  [[noreturn]] void refuse(std::string_view expected) const {
    constexpr std::size_t kMaxQuotation = 40;
    std::string found =
        json_.is_structured() ? fmt::format("an {}", json_.type_name()) : json_.dump(-1, ' ', true);
    if (found.size() > kMaxQuotation) found.replace(kMaxQuotation, std::string::npos, "...");
    throw InputError(fmt::format("{}: {} is {}, expected {}", file_,
                                 path_.empty() ? "the whole" : path_, found, expected));
  }

 private:
  const Json& json_;
  std::string_view file_;
  std::string path_;
};

ReportMeta read_meta(const Node& node) {
  ReportMeta meta{.scenario = node["scenario"].text(),
                  .seed = node["seed"].count(),
                  .time = node["time"].text(),
                  .backend = node["backend"].text(),
                  .model = node["model"].text(),
                  .kv_dtype = node["kv_dtype"].text(),
                  .link_bandwidth = std::nullopt,
                  .link_latency = node["link_latency"].time(),
                  .transport = node.has("transport") ? node["transport"].text() : "",
                  .gpu_shared = node["gpu_shared"].flag(),
                  .verify = node["verify"].text(),
                  .verify_cost = std::nullopt,
                  .slo = {},
                  .repeats = node["repeats"].count(),
                  .valid = node["valid"].flag(),
                  .warnings = {}};
  if (!node["link_bandwidth"].is_null()) meta.link_bandwidth = node["link_bandwidth"].number();
  if (!node["verify_cost"].is_null()) meta.verify_cost = node["verify_cost"].time();
  for (const auto& [key, bound] : node["slo"].map(&Node::time))
    for (const auto& [name, member] : kSloBounds)
      if (key == name) meta.slo.*member = bound;
  for (const Node& warning : node["warnings"].items()) meta.warnings.push_back(warning.text());
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
                       .struck = moment("struck"),
                       .detected = moment("detected"),
                       .recovered = moment("recovered"),
                       .seen = node["seen"].text(),
                       .retried = node["retried"].count(),
                       .lost = node["lost"].count()}};
}

Row read_row(const Node& node) {
  node["axes"]["arm"].text();  // every table is made by arm
  return {.axes = node["axes"].map(&Node::text),
          .values = node["values"].map(&Node::number),
          .spread = node["spread"].map(&Node::number),
          .status = node["status"].text()};
}

Json parse(std::string_view text, std::string_view name) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    if (error.byte > text.size())
      throw InputError(fmt::format("{}: the JSON ends after {} bytes, expected a whole report",
                                   name, text.size()));
    throw InputError(
        fmt::format("{}: broken JSON at byte {}, expected a report", name, error.byte));
  } catch (const Json::out_of_range&) {
    throw InputError(fmt::format("{}: a number too large for a double, expected a report", name));
  }
}

}  // namespace

std::string to_json(const Report& report) {
  Json columns = Json::array(), rows = Json::array();
  for (const Column& column : report.columns)
    columns.push_back({{"key", column.key},
                       {"title", column.title},
                       {"unit", column.unit},
                       {"better", kBetterNames[static_cast<std::size_t>(column.better)]}});
  for (const Row& row : report.rows)
    rows.push_back({{"axes", row.axes},
                    {"values", figures_json(report.columns, row.values)},
                    {"spread", figures_json(report.columns, row.spread)},
                    {"status", row.status}});
  Json incidents = Json::array();
  for (const RunIncident& incident : report.incidents) incidents.push_back(incident_json(incident));
  const Json json = {{"schema_version", kReportSchemaVersion},
                     {"meta", meta_json(report.meta)},
                     {"columns", columns},
                     {"rows", rows},
                     {"incidents", incidents},
                     {"histograms", Json::object()}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Report report_from_json(std::string_view text, std::string_view name) {
  const Json json = parse(text, name);
  const Node root(json, name);
  if (const Node version = root["schema_version"]; version.count() != kReportSchemaVersion)
    version.refuse(fmt::format("{}", kReportSchemaVersion));
  Report report{.meta = read_meta(root["meta"]), .columns = {}, .rows = {}, .incidents = {}};
  if (root.has("incidents"))
    for (const Node& incident : root["incidents"].items())
      report.incidents.push_back(read_incident(incident));
  for (const Node& column : root["columns"].items())
    report.columns.push_back({column["key"].text(), column["title"].text(), column["unit"].text(),
                              column["better"].better()});
  for (const Node& row : root["rows"].items()) report.rows.push_back(read_row(row));
  return report;
}

}  // namespace splitbench
