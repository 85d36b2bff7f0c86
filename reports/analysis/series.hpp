#pragma once
#include "reports/report.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// How a run went, in a hundred bins from the first arrival to the last token; warm-up included,
/// requests that are not ok left out. Figures have four digits. Without a request all is empty.
Series series_of(const RunRecord& run);

}  // namespace splitbench
