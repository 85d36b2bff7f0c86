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

/// The figures of a DriftSeries by their names in files.
inline constexpr std::array<std::pair<const char*, std::optional<double> DriftSeries::Point::*>, 5>
    kDriftFigures = {{{"ratio", &DriftSeries::Point::ratio},
                      {"ideal_ratio", &DriftSeries::Point::ideal_ratio},
                      {"escape_rate", &DriftSeries::Point::escape_rate},
                      {"transfer", &DriftSeries::Point::transfer},
                      {"ttft", &DriftSeries::Point::ttft}}};

inline constexpr std::array<std::string_view, 3> kBetterNames = {"neither", "lower", "higher"};

}  // namespace splitbench
