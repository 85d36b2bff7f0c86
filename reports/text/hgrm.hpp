#pragma once
#include <string>

#include "reports/histogram.hpp"

namespace splitbench {

/// A percentile distribution as HdrHistogram's outputPercentileDistribution writes it and its
/// plotter reads it, five ticks to each half of the distance to 100%, values in milliseconds with
/// every nanosecond. A value is the largest that its bucket holds: so many samples (TotalCount)
/// are no larger. Needs count() > 0.
std::string to_hgrm(const Histogram& histogram);

}  // namespace splitbench
