#pragma once
#include <string>

#include "reports/report.hpp"

namespace splitbench {

/// The report for a terminal: UTF-8, at most 100 columns for three arms, arms side by side, no
/// colour. Beside each arm but the first raw one stands how many times better than raw it is
/// ("1.31x"; below 1 is worse), or "~" where the difference is within the noise (relative.hpp).
/// A sweep has a table of its own (sweep_table.hpp).
std::string to_table(const Report& report);

}  // namespace splitbench
