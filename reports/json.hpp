#pragma once
#include <string>
#include <string_view>

#include "reports/report.hpp"

namespace splitbench {

inline constexpr int kReportSchemaVersion = 2;

/// report.json: keys in a fixed order, numbers in the shortest form that reads back the same,
/// seconds and bytes; of histograms and series nanoseconds. A line for each row, column and arm.
std::string to_json(const Report& report);

/// The inverse of to_json; keys it does not know are passed over. `name` stands first in its
/// messages. Throws InputError naming what is wrong and what was expected when the text is cut,
/// foreign, or of another schema_version.
Report report_from_json(std::string_view text, std::string_view name);

}  // namespace splitbench
