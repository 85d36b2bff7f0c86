#pragma once
#include <optional>
#include <string_view>

#include "workloads/request.hpp"

namespace splitbench {

/// A moment written as 2023-11-16 18:17:03.9799600, from 1970 on; digits after the point, and Z or
/// an offset such as +00:00 behind them, may be missing. Nothing for anything else.
std::optional<Time> parse_utc(std::string_view text);

}  // namespace splitbench
