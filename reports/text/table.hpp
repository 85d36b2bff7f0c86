#pragma once
#include <string>

#include "reports/report.hpp"

namespace splitbench {

/// Returns the report for a terminal: UTF-8, at most 100 columns for three arms, arms side by side,
/// no colour. Beside each arm but the first raw one is its gain over raw ("1.31x"; below 1 is
/// worse), or "~" if the difference is within the noise (arm_comparison.hpp). For a sweep it
/// returns to_sweep_table().
std::string to_table(const Report& report);

/// Returns the report of a sweep for a terminal: a line for each point and arm, with the axes'
/// values, the figures that most people ask for, and their gains over raw at the same point. UTF-8,
/// at most 120 columns for two axes of short values, more if a value is long.
std::string to_sweep_table(const Report& report);

}  // namespace splitbench
