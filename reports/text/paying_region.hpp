#pragma once
#include <string>

#include "reports/report.hpp"

namespace splitbench {

/// The gain from which on a codec is said to pay: less would not be worth its cost to operators.
inline constexpr double kPays = 1.05;

/// Returns where in a sweep an arm is at least kPays times better than raw in a figure, in words:
/// "up to 25 Gbit/s at workload.context 1k to 8k, nowhere at 128k". Points that are not valid, or
/// have no result, are not counted on either side. Empty if the report is no sweep, or has more
/// than kMostMaps combinations of its third and further axes.
std::string paying_region(const Report& report, const std::string& figure, const std::string& arm);
inline constexpr std::size_t kMostMaps = 4;

}  // namespace splitbench
