#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/report.hpp"

namespace splitbench {

/// A result folder, and what of it is asked for.
struct Stored {
  std::filesystem::path folder;
  Report report;
  const Row* arm = nullptr;            ///< a row of the report; null: all
  std::vector<std::string> latencies;  ///< keys of kLatencies; none: the form's own choice
  std::vector<std::string> columns;    ///< keys of csv_keys() or all_columns(); none: all
  std::string chart;                   ///< name of a chart; empty: none
  bool per_request = false;            ///< with arrays of single requests
};

/// A form in which `splitbench report` shows a stored result.
struct ReportFormat {
  std::string_view name;
  std::string_view summary;
  std::string (*text)(const Stored&);
  bool of_arms = false;       ///< takes --arm, and of a sweep only its points have it
  bool of_latencies = false;  ///< takes --latency
  bool of_columns = false;    ///< takes --columns
  bool of_charts = false;     ///< takes --chart
  bool of_requests = false;   ///< takes --per-request
};

std::span<const ReportFormat> report_formats();

}  // namespace splitbench
