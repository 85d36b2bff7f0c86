#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/report.hpp"

namespace splitbench {

/// How the codec came through, in sentences: of a run how low the ratio fell and when it was back
/// within 1% of the best codebooks'; where there is an axis "policy", of each policy in how many
/// cases. Nothing where nothing drifted.
std::vector<std::string> drift_answer(const Report& report);

/// The request from which on a series stays within 1% of the best ratio that there could be:
/// its first where it never left, nothing where it ended below.
std::optional<std::uint64_t> back_at(const DriftSeries& series);

}  // namespace splitbench
