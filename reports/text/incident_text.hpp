#pragma once
#include <string>

#include "reports/report.hpp"

namespace splitbench {

/// One sentence on something that went wrong: in which run and when, what, and what became of it.
/// What was seen of it, in a worker's words, is not in it.
std::string incident_text(const RunIncident& of_run);

}  // namespace splitbench
