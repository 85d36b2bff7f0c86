#pragma once
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "reports/json.hpp"
#include "reports/report.hpp"
#include "reports/testing/example_drift.hpp"
#include "reports/testing/example_runs.hpp"
#include "reports/testing/example_sweep.hpp"

/// Reports from somebody who means harm, that the tests of every form share.
namespace splitbench::example {

/// Returns a report of each kind, a run, a sweep and one in which something drifted, with a text
/// wherever a report may have one.
inline std::vector<Report> reports_of_every_kind() {
  std::vector<Report> reports = {
      report(), sweep(2),
      summarize(meta(), std::vector{drifting_run("raw", 0, 20), drifting_run("splitzip", 0, 20)},
                {})};
  reports[2].axes = {{"policy", "", {{"fixed", {}}}}, {"kind", "", {{"padding", {}}}}};
  for (Report& each : reports) {
    each.meta.transport = "tcp";
    each.meta.warnings = {"raw: intrusion 3%", "bypass: intrusion 4%"};
    each.incidents = {{"raw", 0, {.fault = "kill", .target = "decode 0", .seen = "closed"}}};
    each.rows.back().invalid["ttft_p50"] = "intrusion 2.7%, valid up to 1%";
    each.columns.push_back({"degrees", "degrees", "celsius", Better::lower});
    for (Row& row : each.rows) row.values["degrees"] = row.spread["degrees"] = 40;
    for (Row& row : each.rows)
      for (const Axis& axis : each.axes) row.axes.try_emplace(axis.key, axis.values[0].text);
    for (DriftSeries& series : each.drift)
      for (const Axis& axis : each.axes) series.axes[axis.key] = axis.values[0].text;
  }
  return reports;
}

/// Returns the JSON with `text` at the end of each string but those that are kept. Keys are
/// strings too if they are names that somebody chose.
inline nlohmann::json with_text(const nlohmann::json& json, const std::string& text,
                                const std::set<std::string>& kept, bool keys_are_names = false) {
  const std::set<std::string> maps = {"axes",    "values",     "spread", "ci95",
                                      "invalid", "histograms", "series"};
  const auto changed = [&](const std::string& word) {
    return kept.contains(word) ? word : word + text;
  };
  if (json.is_string()) return changed(json.get<std::string>());
  nlohmann::json result = json;
  if (json.is_object()) result.clear();
  if (json.is_array())
    for (nlohmann::json& each : result) each = with_text(each, text, kept);
  if (json.is_object())
    for (const auto& [key, value] : json.items())
      result[keys_are_names ? changed(key) : key] =
          with_text(value, text, kept, maps.contains(key));
  return result;
}

/// Returns reports with `text` in every string that a report can choose; then some in which the
/// names of figures and axes, and of the arms that are compared, are left as they were, so that
/// every part of a form is made.
inline std::vector<Report> reports_with_text(const std::string& text) {
  std::vector<Report> reports;
  for (const Report& honest : reports_of_every_kind()) {
    std::set<std::string> kept = {"arm", "lower", "higher", "neither"};
    const auto add = [&] {
      const nlohmann::json json = nlohmann::json::parse(to_json(honest));
      reports.push_back(report_from_json(with_text(json, text, kept).dump(), "report.json"));
    };
    add();
    for (const Column& column : honest.columns) kept.insert(column.key);
    for (const Axis& axis : honest.axes) kept.insert(axis.key);
    add();
    for (const char* arm : {"raw", "splitzip"}) {
      kept.insert(arm);
      add();
    }
  }
  return reports;
}

}  // namespace splitbench::example
