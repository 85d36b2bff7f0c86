#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "reports/report.hpp"

namespace splitbench {

/// A chart of a report, described as in charts.hpp.
struct NamedChart {
  std::string name;  ///< "partition", "ttft_curve", "ttft_p50:workload.context=8k"
  std::string title;
  nlohmann::ordered_json chart;
};

/// Returns every chart of a report, in the order of its page. Of a run: those of run_charts(),
/// latencies as <key>_histogram and <key>_curve. Of a sweep: each of sweep_columns() along the
/// link's bandwidth, or else the last axis. Of both: attainment_charts(), and those of
/// drift_charts(). Where other axes have a value of their own, it stands behind the name.
std::vector<NamedChart> named_charts(const Report& report);

}  // namespace splitbench
