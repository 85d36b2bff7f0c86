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

using Figures = std::map<std::string, double>;  // figures by Column::key

/// The part of a run from which figures are made. Warm-up is left out. It grows by 48 bytes per
/// request; tokens, which are many more, are only counted in their histogram.
struct Observation {
  template <class Value>
  using ByLatency = std::array<Value, kLatencies.size()>;

  ByLatency<std::vector<double>> samples;  ///< seconds, ascending; none for itl
  ByLatency<Histogram> histograms;
  Moments itl;                                ///< times between tokens, in seconds
  std::array<Moments, kStages> parts;         ///< parts of TTFT, in seconds
  std::array<Moments, kActiveStages> stages;  ///< active times, in seconds
  Figures rates;                              ///< rates and ratios, to be averaged over repeats
  Figures totals;                             ///< counts and bytes, to be summed over repeats
  Figures peaks;                              ///< figures of which the largest repeat counts
  std::map<std::string, Interval> intervals;  ///< of percentiles, by Column::key
  std::optional<Verdict> verdict;             ///< absent if no request is ok
};

/// Returns the observation of a run. A request that is not ok has no latency and misses its SLO.
/// The run lasts from the first arrival to the last token of its measured requests that are ok.
Observation observe(const RunRecord& run, const Slo& slo);

/// Returns means, standard deviations and percentiles of the requests of one or more runs together:
/// percentiles are exact, those of itl within 0.05% by its histogram.
Figures statistics(const std::vector<const Observation*>& runs);

}  // namespace splitbench
