#pragma once
#include <nlohmann/json_fwd.hpp>

#include "reports/report.hpp"

namespace splitbench {

/// The charts of one run as plot.js draws them, in the units that people read, to five digits:
///
///   charts     {partition, stages, waiting, link_rate, throughput}: each a chart, where there are
///   figures latencies  [{key, title, histogram, curve}]: of each latency that has samples, two
///   charts
///
///   bars   {kind, unit, stacked, labels[], series[{name, colour, values[]}]}
///   lines  {kind, stepped, x {title, unit, scale}, y {title, unit, scale}, series[{name, colour,
///   area or not, points[[x, y]]}], marks[[x, text]] or not}
///
/// A scale is linear, percentile, or "either" where the reader may switch between linear and log; a
/// colour is a custom property of page.css.
nlohmann::ordered_json run_charts(const Report& report);

/// The figures of a sweep, of which page.js makes the chart that the reader chooses:
///
///   axes[{key, unit, labels[], numbers[] or null}]  figures[{key, title, unit}]  arms[{name,
///   colour}] rows[{arm, at[index of each axis' value], values[by figure, or null]}]
nlohmann::ordered_json sweep_figures(const Report& report);

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
