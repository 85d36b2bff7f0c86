#pragma once
#include <nlohmann/json_fwd.hpp>

#include "reports/report.hpp"

namespace splitbench {

/// Returns the charts of one run as plot.js and to_svg() draw them, in the units that people read,
/// to five digits:
///
///   charts     {partition, stages, waiting, link_rate, throughput}: a chart each, if it has any
///              figures
///   latencies  [{key, title, histogram, curve}]: two charts of each latency that has samples
///
/// A chart is one of bars and lines:
///
///   bars   {kind, unit, stacked, labels[], series[{name, colour, values[]}]}
///   lines  {kind, stepped, x {title, unit, scale}, y {title, unit, scale},
///           series[{name, colour, area or not, points[[x, y]]}], marks[[x, colour]] or not,
///           note or not, log or not: whether scales that may be switched begin as log}
///
/// A scale is linear, percentile, or "either" if the reader may switch between linear and log; a
/// colour is a custom property of page.css.
nlohmann::ordered_json run_charts(const Report& report);

/// Returns the charts of SLO attainment against the rate of requests: of a sweep that varies
/// workload.rate, or of the trials of a search for the highest rate; none of any other report.
///
///   [{at[text], chart}]: one for each combination of the other axes' values, "AXIS=VALUE"
///
/// Beside the line of each arm is the share of requests that is asked for. Its marks and its note
/// say up to which rate each arm meets it.
nlohmann::ordered_json attainment_charts(const Report& report);

/// Returns the figures of a sweep, from which page.js makes the chart that the reader chooses:
///
///   axes     [{key, unit, labels[], numbers[each may be null]}]
///   figures  [{key, title, unit}]
///   arms     [{name, colour}]
///   rows     [{arm: its index, at[index of each axis's value], values[by figure, or null]}]
nlohmann::ordered_json sweep_figures(const Report& report);

/// Returns the charts of the codec's results while the KV drifted, as page.js shows them, or null
/// without such results:
///
///   choices  [{title, values[]}]: axes of which the reader chooses one value each; a run has none
///   names    [name]: the charts that some group has
///   groups   [{at[index of each choice's value], charts {name: chart or null}}]
///
/// Each arm has a line, or each policy if there is an axis of that name; beside the ratios are the
/// best possible one and how far the KV had drifted. Its marks are where a line's codebooks were
/// replaced.
nlohmann::ordered_json drift_charts(const Report& report);

}  // namespace splitbench
