#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "reports/report.hpp"

/// What a page consists of. Each is HTML, and empty where there is nothing to show.
namespace splitbench::html {

/// The key figures of a run's arms beside each other, with what says whether they can be trusted.
std::string arms(const Report& report);

/// The places in which page.js puts the charts of run_charts().
std::string run_charts(const nlohmann::ordered_json& charts);

std::string incidents(const Report& report);

/// The places for the charts of drift_charts(), which may be null.
std::string drift(const nlohmann::ordered_json& charts);

/// Every figure of every arm, folded up.
std::string all_figures(const Report& report);

/// A sweep's gains over two axes, with the line where the codec stops paying.
std::string heat_maps(const Report& report);

/// Over the same axes, the arm that is best at each point.
std::string winner_maps(const Report& report);

/// The place for the chart of sweep_figures(), and a table of all points.
std::string sweep_chart();
std::string points(const Report& report);

}  // namespace splitbench::html
