#pragma once
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "reports/report.hpp"

namespace splitbench {

/// The bounds of an Slo by their names in files.
inline constexpr std::array<std::pair<const char*, std::optional<Time> Slo::*>, 3> kSloBounds = {
    {{"ttft", &Slo::ttft}, {"tpot", &Slo::tpot}, {"e2el", &Slo::e2el}}};

inline constexpr std::array<std::string_view, 3> kBetterNames = {"neither", "lower", "higher"};

}  // namespace splitbench
