#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "reports/report.hpp"
#include "workloads/files.hpp"
#include "workloads/locked_folder.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// The parts of a result folder that may be left out.
struct ResultParts {
  bool timeline = true;     ///< timeline.json, most of what a folder takes
  bool token_gaps = false;  ///< itl_ns in requests.jsonl, 10 bytes a token
};

/// The texts that a result folder holds beside the measurements.
struct ResultTexts {
  std::string scenario_yaml;  ///< the resolved scenario, which can be run again
  std::string run_json;       ///< facts of the wall clock
};

/// A result folder that is filled run by run, so that no more than one run has to be kept. It is
/// locked against other runs while this object lives. Each file appears whole or not at all; a
/// folder with a report.json is complete. Rows of warm-up are not written. All functions throw
/// std::system_error that names the file if it cannot be written, and InputError if something else
/// has come to stand in its place. Not thread-safe.
class ResultFolder {
 public:
  /// Makes the folder if it is missing. An earlier result in it stays whole until there is
  /// something to put in its place. Throws InputError as a LockedFolder does.
  explicit ResultFolder(std::filesystem::path folder,
                        LockedFolder::Foreign = LockedFolder::Foreign::refuse,
                        ResultParts parts = {});

  const std::filesystem::path& path() const { return folder_.path(); }

  /// Writes the run's rows to requests.jsonl and transfers.jsonl, which appear when finish() is
  /// called.
  void add(const RunRecord& run);

  /// Writes scenario.yaml, run.json, timeline.json, histograms/<arm>_<latency>.hgrm, report.html
  /// and, last, report.json.
  void finish(const Report& report, const ResultTexts& texts);

 private:
  /// Removes an earlier report.json: it must not vouch for a mixture of two results.
  void begin();

  LockedFolder folder_;
  OutputFile requests_, transfers_;
  ResultParts parts_;
  std::vector<RunRecord> drawn_;  ///< head of each arm's first repeat, for timeline.json
  std::size_t not_drawn_ = 0;     ///< measured requests of the first repeats that are not in drawn_
};

/// Returns the report of a result folder. Throws InputError if there is none or it cannot be read.
Report load_report(const std::filesystem::path& folder);

}  // namespace splitbench
