#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "reports/report.hpp"

namespace splitbench {

inline constexpr int kReportSchemaVersion = 3;
inline constexpr int kOldestReportSchemaVersion = 2;  ///< oldest version that is still read

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

/// Returns the contents of report.json: keys in a fixed order, numbers in the shortest form that
/// reads back the same, in seconds and bytes; nanoseconds in histograms and series. Each row,
/// column and arm has a line. Bytes that are not UTF-8 are replaced.
std::string to_json(const Report& report);

/// Parses what to_json writes; unknown keys are ignored. `name` comes first in messages. Throws
/// InputError that says what is wrong and what was expected if the text is cut, is not a report, or
/// is of a schema_version that is not read.
Report report_from_json(std::string_view text, std::string_view name);

}  // namespace splitbench
