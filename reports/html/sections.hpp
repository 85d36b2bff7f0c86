#pragma once
#include <nlohmann/json_fwd.hpp>

#include "reports/html/markup.hpp"
#include "reports/report.hpp"

/// The sections of a page. Each function returns nothing if there is nothing to show.
namespace splitbench::html {

/// Returns the key figures of a run's arms side by side, with those that say whether they can be
/// trusted.
Html arms(const Report& report);

/// Returns the places in which page.js puts the charts of run_charts().
Html run_charts(const nlohmann::ordered_json& charts);

Html incidents(const Report& report);

/// Returns the places for the charts of drift_charts(), which may be null.
Html drift(const nlohmann::ordered_json& charts);

/// Returns every figure of every arm, folded up.
Html all_figures(const Report& report);

/// Returns the places for attainment_charts(), of which page.js puts one in each.
Html attainment(const nlohmann::ordered_json& charts);

/// Returns a sweep's gains over two axes, with the line at which the codec stops paying.
Html heat_maps(const Report& report);

/// Returns the arm that is best at each point, over the same axes.
Html winner_maps(const Report& report);

/// Return the place for the chart of sweep_figures(), and a table of all points.
Html sweep_chart();
Html points(const Report& report);

}  // namespace splitbench::html
