#pragma once
#include <cstddef>
#include <optional>

#include "reports/report.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// Returns the course of a run in a hundred bins from the first arrival to the last token; warm-up
/// is included, requests that are not ok are left out. Figures have four digits. Without a request
/// the series is empty.
Series series_of(const RunRecord& run);

/// Returns whether the run has data on drift: its KV drifted, the sizes with the best codebooks are
/// known, or codebooks changed.
bool watches_drift(const RunRecord& run);

/// The most points that a DriftSeries has.
inline constexpr std::size_t kDriftPoints = 128;

/// Returns the codec's results along the requests that are ok, in order of their numbers, warm-up
/// included; figures have four digits. Returns nothing if the run does not watch drift.
std::optional<DriftSeries> drift_series_of(const RunRecord& run);

/// Returns the series with at most kDriftPoints points, each the mean of neighbours; figures have
/// four digits.
DriftSeries thinned(const DriftSeries& series);

}  // namespace splitbench
