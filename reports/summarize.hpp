#pragma once
#include <span>

#include "reports/report.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// One row per arm, in the order in which arms first appear among the runs; warm-up is left out.
///
///   percentiles, means   of the samples of all repeats together, never of the repeats' percentiles
///   rates, ratios        the mean over repeats of each repeat's own figure
///   counts, bytes        the sum over repeats
///   slowdown             over the pairs of all repeats: see slowdown.hpp
///   break-even           of the stage times of all repeats: see break_even.hpp
///   self-checks          the mean over the arm's checks; validity is judged by each of them
///
/// A repeat lasts from the first arrival to the last token of its measured requests. A request that
/// is not ok has no latency; it misses its SLO. The report is not valid, and a warning names arm
/// and figure, where |intrusion| > 1%, stage_inflation > 10% (unless a load competes on purpose),
/// late_arrivals > 1%, a request failed or is unfinished, or the workers shared a GPU. A warning
/// alone: requests that were sent again or cancelled; transfers without competing ones that gained
/// more than elements in fewer bits can give: bf16 4/3, FP8 8/7.
Report summarize(const ReportMeta& meta, std::span<const RunRecord> runs,
                 std::span<const SelfCheck> checks);

}  // namespace splitbench
