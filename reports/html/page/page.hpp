#pragma once
#include <string_view>

/// The files of a page that are the same in every report, embedded at build time.
namespace splitbench::page {

extern const std::string_view kChartJs;  ///< Chart.js with its licence, from the distribution
extern const std::string_view kStyle;    ///< page.css
extern const std::string_view kScript;   ///< plot.js, marks.js and page.js

}  // namespace splitbench::page
