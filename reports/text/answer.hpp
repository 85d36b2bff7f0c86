#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/report.hpp"

namespace splitbench {

/// What the codec bought, in sentences: of transfer, TTFT and throughput how many times better the
/// answered_arm is than raw, or that the difference is within the noise or below half a percent; of
/// a sweep at how many points, and where it gains and loses most, and which of several arms is
/// best. One sentence where there is nothing to compare.
std::vector<std::string> answer(const Report& report);

/// How the codec came through, in sentences: of a run how low the ratio fell and when it was back
/// within 1% of the best codebooks'; where there is an axis "policy", of each policy in how many
/// cases. Nothing where nothing drifted.
std::vector<std::string> drift_answer(const Report& report);

/// The request from which on a series stays within 1% of the best ratio that there could be:
/// its first where it never left, nothing where it ended below.
std::optional<std::uint64_t> back_at(const DriftSeries& series);

}  // namespace splitbench
