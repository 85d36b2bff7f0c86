#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "reports/report.hpp"
#include "workloads/files.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// What a result folder holds beside what was measured.
struct ResultTexts {
  std::string scenario_yaml;  ///< as resolved: it can be run again
  std::string run_json;       ///< facts of the wall clock
};

/// A result folder while it is filled: run by run, so that no more than one has to be kept. Each
/// file appears whole or not at all; a folder with a report.json is complete. Rows of warm-up are
/// not written. All throws InputError where a file
/// cannot be written, and std::system_error that names it where a disk is full.
class ResultFolder {
 public:
  /// Makes the folder if it is missing. An earlier report.json is removed: it must not vouch for a
  /// mixture.
  explicit ResultFolder(std::filesystem::path folder);

  /// Writes the run's rows to requests.jsonl and transfers.jsonl.
  void add(const RunRecord& run);

  /// Writes scenario.yaml, run.json, timeline.json, histograms/<arm>_<latency>.hgrm and, last,
  /// report.json.
  void finish(const Report& report, const ResultTexts& texts);

 private:
  std::filesystem::path folder_;
  OutputFile requests_, transfers_;
  std::vector<RunRecord> drawn_;  ///< the head of each arm's first repeat, for timeline.json
  std::size_t not_drawn_ = 0;     ///< measured requests of the first repeats that are not in drawn_
};

/// The report of a result folder. Throws InputError when there is none, or it cannot be read.
Report load_report(const std::filesystem::path& folder);

}  // namespace splitbench
