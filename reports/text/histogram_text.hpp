#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "reports/report.hpp"

namespace splitbench {

/// The distribution of a latency (Latency::key) for a terminal: UTF-8, at most 100 columns, the
/// arms one below the other on one axis and one scale, p50 and p99 marked. Arms without samples are
/// left out; empty when none has any.
std::string to_histogram_text(const Report& report, std::string_view latency,
                              const std::vector<std::string>& arms);

}  // namespace splitbench
