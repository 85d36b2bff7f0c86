#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reports/analysis/verdict.hpp"
#include "reports/columns.hpp"
#include "reports/histogram.hpp"
#include "reports/report.hpp"
#include "workloads/statistics.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

using Figures = std::map<std::string, double>;  // by Column::key

/// What one run left behind, as far as figures are made from it. Warm-up is left out. It grows by
/// 40 bytes a request; tokens, which are many more, are counted in their histogram alone.
struct Observation {
  template <class Value>
  using ByLatency = std::array<Value, kLatencies.size()>;

  ByLatency<std::vector<double>> samples;  ///< s, ascending; of itl none
  ByLatency<Histogram> histograms;
  Moments itl;                                ///< s, as are the following
  std::array<Moments, kStages> parts;         ///< of TTFT
  std::array<Moments, kActiveStages> stages;  ///< active times
  Figures rates;                              ///< rates and ratios: averaged over repeats
  Figures totals;                             ///< counts and bytes: summed over repeats
  Figures peaks;                              ///< of repeats the largest
  std::optional<Verdict> verdict;             ///< none without a request
};

/// A request that is not ok has no latency; it misses its SLO. The run lasts from the first arrival
/// to the last token of its measured requests.
Observation observe(const RunRecord& run, const Slo& slo);

/// Means, standard deviations and percentiles of the requests of one or more runs together:
/// percentiles are exact, those of itl within 0.05% by its histogram.
Figures statistics(const std::vector<const Observation*>& runs);

}  // namespace splitbench
