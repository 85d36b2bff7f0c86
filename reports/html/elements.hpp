#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "reports/report.hpp"

namespace splitbench {

/// Returns any bytes as text of an HTML element or of a quoted attribute. Bytes that are not UTF-8,
/// and control characters other than tab and line end, become U+FFFD.
std::string html_text(std::string_view bytes);

/// Returns JSON that may stand in a <script> element: no character of it can end the element,
/// whatever the strings hold.
std::string script_text(const nlohmann::ordered_json& json);

namespace html {

/// Returns a "<section>" with a heading and a sentence that says how to read it.
std::string section(std::string_view title, std::string_view caption, std::string_view content);

/// Returns the key of an axis and its unit; a narrow page may break the line at each dot.
std::string axis_title(const Axis& axis);

/// Returns the head of a column: an arm and its colour on the charts.
std::string arm_heading(std::string_view arm);

/// Returns how many times better a figure is than that of `base` ("1.31x", or "~" within the
/// noise), as an element whose class is "better", "worse" or "same". `base` may be null or the row
/// itself. Empty if there is nothing to compare.
std::string gain_mark(const Column& column, const Row& row, const Row* base);

/// Returns the attributes of a cell whose figure is not valid, which give the cause; else an empty
/// text.
std::string invalid_attributes(const Row& row, const Column& column);

/// Returns `content`, as a link to the page of a sweep's point if `folder` is that of a point, else
/// nothing but the content. Does not escape the content.
std::string point_link(std::string_view folder, std::string_view content);

}  // namespace html
}  // namespace splitbench
