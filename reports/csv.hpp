#pragma once
#include <string>

#include "reports/report.hpp"

namespace splitbench {

/// A header and one line per row: axes, status, every column, and every column's spread as
/// <key>_spread; base units, empty where a figure is absent. Lines end in LF; fields are quoted
/// where they must be (RFC 4180).
std::string to_csv(const Report& report);

}  // namespace splitbench
