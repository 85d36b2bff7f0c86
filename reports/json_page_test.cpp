#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "reports/columns.hpp"
#include "reports/folder/rows_json.hpp"
#include "reports/json.hpp"
#include "reports/testing/example_drift.hpp"
#include "reports/testing/example_runs.hpp"
#include "reports/testing/example_sweep.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::json;
using Units = std::map<std::string, std::string>;  // unit by key

/// Returns the texts between backticks.
std::vector<std::string> quoted(const std::string& cell) {
  std::vector<std::string> texts;
  for (std::size_t begin = cell.find('`'); begin != cell.npos;) {
    const std::size_t end = cell.find('`', begin + 1);
    texts.push_back(cell.substr(begin + 1, end - begin - 1));
    begin = cell.find('`', end + 1);
  }
  return texts;
}

/// Returns the keys of a section of reports/JSON.md, each with its unit.
Units keys_of(const std::string& section) {
  std::ifstream page("reports/JSON.md");
  Units units;
  bool here = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("## ")) here = line == "## " + section;
    if (!here || !line.starts_with("| `")) continue;
    const std::size_t first = line.find(" |"), second = line.find('|', first + 2);
    const std::string unit = line.substr(first + 2, second - first - 2);
    for (const std::string& key : quoted(line.substr(0, first)))
      EXPECT_TRUE(units.emplace(key, unit.size() < 2 ? "" : unit.substr(1, unit.size() - 2)).second)
          << key << " stands there twice";
  }
  return units;
}

std::set<std::string> names_of(const Units& units) {
  std::set<std::string> names;
  for (const auto& [key, unit] : units) names.insert(key);
  return names;
}

/// Adds the path of every value; the keys of `axes` and of figures are names, not keys.
void add_paths(std::set<std::string>& paths, const Json& json, const std::string& path) {
  static const std::set<std::string> kNamed = {"axes",    "values",  "spread",       "ci95",
                                               "invalid", "repeats", "quantile_ci95"};
  const std::string key = path.substr(path.rfind('.') + 1);
  if (json.is_array()) {
    for (const Json& each : json) add_paths(paths, each, path + "[]");
  } else if (json.is_object() && !kNamed.contains(key)) {
    const bool of_arms = path == "histograms" || path == "series";
    const bool of_latencies = path == "histograms.ARM";
    for (const auto& [name, value] : json.items())
      add_paths(paths, value,
                (path.empty() ? "" : path + ".") + (of_arms        ? "ARM"
                                                    : of_latencies ? "LATENCY"
                                                                   : name));
  } else {
    paths.insert(path);
  }
}

/// Returns a report that has a value for every key, of a run, a sweep and a search at once.
Report full_report() {
  Report report = summarize(
      example::meta(),
      std::vector{example::drifting_run("raw", 0, 20), example::drifting_run("splitzip", 0, 20)},
      {});
  report.meta.slo = {example::ms(1), example::ms(1), example::ms(1)};
  report.meta.warnings = {"why"};
  report.meta.seeds = {1};
  report.meta.declared_arms = {"mine"};
  report.rows.front().repeats["ttft_p50"] = {1, 2};
  report.axes = example::sweep(2).axes;
  report.incidents = {{"raw", 0, {.fault = "kill", .target = "decode 0", .seen = "closed"}}};
  report.trials = {{{{"arm", "raw"}}, 2, 0.5}};
  for (DriftSeries& series : report.drift) series.changes = {{3, 1}};
  return report;
}

TEST(JsonPageTest, HasEveryKeyOfAReportAndNoOther) {
  std::set<std::string> written;
  add_paths(written, Json::parse(to_json(full_report())), "");
  EXPECT_EQ(names_of(keys_of("report.json")), written);
}

TEST(JsonPageTest, HasEveryFigureInItsUnitAndNoOther) {
  Units figures;
  for (const Column& column : all_columns()) figures[column.key] = column.unit;
  EXPECT_EQ(keys_of("Figures"), figures);
}

TEST(JsonPageTest, HasEveryKeyOfTheRowsAndNoOther) {
  std::set<std::string> of_requests, of_transfers;
  Timeline timeline = example::timeline("raw", 0, 1, example::ms(1), example::ms(1));
  add_paths(of_requests, Json::parse(request_row(timeline, true)), "");
  Transfer transfer = example::transfer(timeline);
  transfer.shards_apart = example::ms(1);
  add_paths(of_transfers, Json::parse(transfer_row(transfer)), "");
  timeline.status = Status::failed;
  add_paths(of_requests, Json::parse(request_row(timeline)), "");
  EXPECT_EQ(names_of(keys_of("requests.jsonl")), of_requests);
  EXPECT_EQ(names_of(keys_of("transfers.jsonl")), of_transfers);
}

}  // namespace
}  // namespace splitbench
