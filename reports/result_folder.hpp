#pragma once
#include <filesystem>
#include <span>
#include <string>

#include "reports/report.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// What a result folder holds beside the measured rows.
struct ResultTexts {
  std::string scenario_yaml;  ///< as resolved: it can be run again
  std::string run_json;       ///< facts of the wall clock
};

/// Writes scenario.yaml, run.json, requests.jsonl, transfers.jsonl, timeline.json and, last,
/// report.json into `folder`, which is made if it is missing. Each file appears whole or not at
/// all; a folder with a report.json is complete. Rows of warm-up are not written. Throws
/// std::system_error that names the file.
void write_results(const std::filesystem::path& folder, const Report& report,
                   std::span<const RunRecord> runs, const ResultTexts& texts);

/// The report of a result folder. Throws InputError when there is none, or it cannot be read.
Report load_report(const std::filesystem::path& folder);

}  // namespace splitbench
