#pragma once
#include <string>
#include <vector>

#include "reports/report.hpp"
#include "reports/validation/time_error.hpp"

namespace splitbench {

/// Returns the errors as a table: a block for each arm, in the order of the errors.
std::string to_table(const std::vector<TimeError>& errors);

/// Returns the errors as JSON: an object whose `errors` has an object for each, with the keys that
/// reports/JSON.md lists. `real` is of the run in real time, and `folder` that of both results.
std::string to_json(const std::vector<TimeError>& errors, const ReportMeta& real,
                    const std::string& folder);

}  // namespace splitbench
