#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace splitbench {

/// Returns a chart, described as in charts.hpp, as an SVG file: it needs nothing else, has its
/// title, axes with units and a legend, and can be read from 390 pixels of width on. Its colours
/// are those of the page, for light paper or, where the viewer prefers it, for dark. A scale that
/// the page's reader may switch is logarithmic if the chart says so. Every text of it is escaped.
std::string to_svg(const nlohmann::ordered_json& chart, std::string_view title);

}  // namespace splitbench
