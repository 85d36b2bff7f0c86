#pragma once
#include <string>

#include "reports/report.hpp"

namespace splitbench {

/// The report for an issue or a page of documentation, in GitHub-flavoured Markdown: the figures of
/// to_table, the arms side by side; of a sweep a row for each point and arm. Names are escaped.
std::string to_markdown(const Report& report);

}  // namespace splitbench
