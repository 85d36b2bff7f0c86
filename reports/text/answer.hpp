#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/report.hpp"

namespace splitbench {

/// Returns the codec's gain in sentences. For a run: how many times better answered_arm() is than
/// raw in transfer, TTFT and throughput, or that the difference is within the noise or below half a
/// percent. For a sweep: at how many points it is better, where it gains and loses most, and which
/// of several arms is best. The sentences of drift_answer() follow. If there is nothing to compare,
/// it says so.
std::vector<std::string> answer(const Report& report);

/// Returns the outcome of drift in sentences. For a run: how low the ratio of splitzip fell and
/// when it was back within 1% of the best codebooks'. With an axis "policy": in how many cases each
/// policy got back. None if nothing drifted.
std::vector<std::string> drift_answer(const Report& report);

/// Returns the request from which on a series stays within 1% of the best possible ratio: its first
/// if it never fell below, nothing if it ended below.
std::optional<std::uint64_t> back_at(const DriftSeries& series);

}  // namespace splitbench
