#pragma once
#include <nlohmann/json_fwd.hpp>

#include "reports/report.hpp"

namespace splitbench {

/// What became of the codec while the KV drifted, as page.js shows it, or null:
///
///   choices  [{title, values[]}]: axes of which the reader chooses one value each; a run has none
///   names    [name]: the charts that there are places for
///   groups   [{at[index of each choice's value], charts {name: chart or null}}]
///
/// A line for each arm, or for each policy where there is an axis of that name; beside the ratios
/// the best that there could be, and how far the KV had drifted. A chart may have marks[[x, text]].
nlohmann::ordered_json drift_charts(const Report& report);

}  // namespace splitbench
