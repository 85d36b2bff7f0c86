#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "reports/report.hpp"

/// The sections of a page. Each function returns HTML, or an empty text if there is nothing to
/// show.
namespace splitbench::html {

/// Returns the key figures of a run's arms side by side, with those that say whether they can be
/// trusted.
std::string arms(const Report& report);

/// Returns the places in which page.js puts the charts of run_charts().
std::string run_charts(const nlohmann::ordered_json& charts);

std::string incidents(const Report& report);

/// Returns the places for the charts of drift_charts(), which may be null.
std::string drift(const nlohmann::ordered_json& charts);

/// Returns every figure of every arm, folded up.
std::string all_figures(const Report& report);

/// Returns a sweep's gains over two axes, with the line at which the codec stops paying.
std::string heat_maps(const Report& report);

/// Returns the arm that is best at each point, over the same axes.
std::string winner_maps(const Report& report);

/// Return the place for the chart of sweep_figures(), and a table of all points.
std::string sweep_chart();
std::string points(const Report& report);

}  // namespace splitbench::html
