#pragma once
#include <string>

#include "reports/report.hpp"

namespace splitbench {

/// Returns the report for an issue or a page of documentation, in GitHub-flavoured Markdown: the
/// figures of to_table with the arms side by side; for a sweep a row for each point and arm. Names
/// are escaped.
std::string to_markdown(const Report& report);

}  // namespace splitbench
