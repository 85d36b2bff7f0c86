#pragma once
#include <optional>
#include <string_view>

#include "workloads/request.hpp"

namespace splitbench {

/// Returns the moment, counted from 1970, of a text such as 2023-11-16 18:17:03.9799600 whose date
/// is in the years 1970 to 2096. T may stand for the space; digits after the point, of which nine
/// count, and Z or an offset such as +00:00 behind them, may be missing. Returns nothing for any
/// other text, and for a moment before 1970.
std::optional<Time> parse_utc(std::string_view text);

}  // namespace splitbench
