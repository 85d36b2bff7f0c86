#pragma once
#include <string>

#include "reports/report.hpp"

namespace splitbench {

/// The report for a terminal: UTF-8, at most 100 columns for three arms, arms side by side, no
/// colour. Beside each arm but the first raw one stands how many times better than raw it is
/// ("1.31x"; below 1 is worse), or "~" where the difference is within the noise
/// (arm_comparison.hpp). Of a sweep it is to_sweep_table.
std::string to_table(const Report& report);

/// The report of a sweep for a terminal: a line for each point and arm, with what was varied, what
/// most people ask for, and how many times better than raw at the same point it is. UTF-8, at most
/// 120 columns for two axes of short values, more where a value is long.
std::string to_sweep_table(const Report& report);

}  // namespace splitbench
