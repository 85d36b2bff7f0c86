#pragma once
#include <string>

#include "reports/report.hpp"

namespace splitbench {

/// The report of a sweep for a terminal: a line for each point and arm, with what was varied, what
/// most people ask for, and how many times better than raw at the same point it is. UTF-8, at most
/// 120 columns for two axes of short values, more where a value is long.
std::string to_sweep_table(const Report& report);

}  // namespace splitbench
