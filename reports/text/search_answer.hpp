#pragma once
#include <string>
#include <vector>

#include "reports/report.hpp"

namespace splitbench {

/// Returns sentences on the searches for the highest rate within the SLO that found none, and on
/// those that something else than the SLO ended; none of any other report.
std::vector<std::string> search_answer(const Report& report);

}  // namespace splitbench
