#pragma once
#include <string>
#include <vector>

#include "reports/report.hpp"

namespace splitbench {

/// What the codec bought, in sentences: of transfer, TTFT and throughput how many times better the
/// answered_arm is than raw, or that the difference is within the noise or below half a percent; of
/// a sweep at how many points, and where it gains and loses most, and which of several arms is
/// best. One sentence where there is nothing to compare.
std::vector<std::string> answer(const Report& report);

}  // namespace splitbench
