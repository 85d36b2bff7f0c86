#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "reports/histogram.hpp"
#include "reports/report.hpp"

namespace splitbench {

/// Returns the distribution of a latency (Latency::key) for a terminal: UTF-8, at most 100 columns,
/// the arms one below the other on one axis and one scale, p50 and p99 marked. Arms without samples
/// are left out; the text is empty if none has any.
std::string to_histogram_text(const Report& report, std::string_view latency,
                              const std::vector<std::string>& arms);

/// Returns a percentile distribution in the form that HdrHistogram's outputPercentileDistribution
/// writes and its plotter reads: five ticks to each half of the distance to 100%, values in
/// milliseconds with every nanosecond. A value is the largest that its bucket holds: TotalCount
/// samples are no larger. Needs count() > 0.
std::string to_hgrm(const Histogram& histogram);

}  // namespace splitbench
