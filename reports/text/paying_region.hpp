#pragma once
#include <string>

#include "reports/report.hpp"

namespace splitbench {

/// Returns where in a sweep an arm pays (pays()) beside raw in a figure, in words: "up to 25 Gbit/s
/// at workload.context 1k to 8k, nowhere at 128k". Points that cannot be compared (is_comparable),
/// or have no result, are not counted on either side. Empty if the report is no sweep, or has more
/// than kMostMaps combinations of its third and further axes.
std::string paying_region(const Report& report, const std::string& figure, const std::string& arm);
inline constexpr std::size_t kMostMaps = 4;

/// Returns where in a sweep an arm carries the load, in the same words; "nowhere" if it is
/// overloaded everywhere.
std::string carried_region(const Report& report, const std::string& arm);

}  // namespace splitbench
