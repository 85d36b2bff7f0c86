#pragma once
#include <cstddef>
#include <optional>

#include "reports/report.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// So many points at most.
inline constexpr std::size_t kDriftPoints = 128;

/// Along the requests that are ok, in order of their numbers, warm-up included; figures have four
/// digits. Nothing of a run that does not watch drift.
std::optional<DriftSeries> drift_series_of(const RunRecord& run);

/// The means of neighbours in place of more points than kDriftPoints; figures have four digits.
DriftSeries thinned(const DriftSeries& series);

}  // namespace splitbench
