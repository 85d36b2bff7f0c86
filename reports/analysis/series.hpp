#pragma once
#include <cstddef>
#include <optional>

#include "reports/report.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// Returns how a run went, in a hundred bins from the first arrival to the last token; warm-up
/// included, requests that are not ok left out. Figures have four digits. Without a request all is
/// empty.
Series series_of(const RunRecord& run);

/// Returns whether the run's KV drifted, or something was done in case that it does: of other runs
/// there is nothing to say about drift.
bool watches_drift(const RunRecord& run);

/// A DriftSeries has so many points at most.
inline constexpr std::size_t kDriftPoints = 128;

/// Returns how the codec fared along the requests that are ok, in order of their numbers, warm-up
/// included; figures have four digits. Nothing of a run that does not watch drift.
std::optional<DriftSeries> drift_series_of(const RunRecord& run);

/// Returns the series with the means of neighbours in place of more points than kDriftPoints;
/// figures have four digits.
DriftSeries thinned(const DriftSeries& series);

}  // namespace splitbench
