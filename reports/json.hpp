#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "reports/report.hpp"

namespace splitbench {

inline constexpr int kReportSchemaVersion = 2;

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

/// report.json: keys in a fixed order, numbers in the shortest form that reads back the same,
/// seconds and bytes; of histograms and series nanoseconds. A line for each row, column and arm.
std::string to_json(const Report& report);

/// The inverse of to_json; keys it does not know are passed over. `name` stands first in its
/// messages. Throws InputError naming what is wrong and what was expected when the text is cut,
/// foreign, or of another schema_version.
Report report_from_json(std::string_view text, std::string_view name);

}  // namespace splitbench
