#pragma once
#include <span>

#include "reports/report.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

inline constexpr double kMaxIntrusion = 0.01;
inline constexpr double kMaxStageInflation = 0.10;
inline constexpr double kMaxLateArrivals = 0.01;

/// Judges a report whose rows are complete: adds its warnings, sets meta.valid and the status of
/// each row. The rules stand at summarize().
void judge(Report& report, std::span<const RunRecord> runs, std::span<const SelfCheck> checks);

}  // namespace splitbench
