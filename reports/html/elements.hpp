#pragma once
#include <string_view>

#include "reports/html/markup.hpp"
#include "reports/report.hpp"

/// Elements that several sections of a page are made of.
namespace splitbench::html {

/// Returns a "<section>" with a heading and a sentence that says how to read it.
Html section(const Html& title, const Html& caption, const Html& content);

/// Return the head of a column and of a row of a table.
Html column_head(const Html& content);
Html row_head(const Html& content);

/// Returns a table that scrolls sideways where the page is too narrow for it.
Html wide_table(const char* name_of_class, const Html& content);

/// Returns the place in which page.js puts a chart, or the buttons that choose one.
Html place_of_chart(const std::string& name);
Html place_of_choice(const std::string& name);

/// Returns the key of an axis and its unit; a narrow page may break the line at each dot.
Html axis_title(const Axis& axis);

/// Returns the corner and the head of a table over two axes, whose labels take a line more.
Html axis_heads(const Axis& y, const Axis& x);

/// Returns a table over two axes below its title.
Html map_figure(const Html& title, const Html& content);

/// Returns a sign of a map's cells as its key has it.
Html sample(const char* name_of_class, const char* text);

/// Returns the head of a column: an arm and its colour on the charts.
Html arm_heading(std::string_view arm);

/// Returns how many times better a figure is than that of `base` ("1.31x", or "~" within the
/// noise), as an element whose class is "better", "worse" or "same". `base` may be null or the row
/// itself. Empty if there is nothing to compare.
Html gain_mark(const Column& column, const Row& row, const Row* base);

/// Returns the attributes of a cell whose figure is not valid, which give the cause; else none.
Attributes invalid_attributes(const Row& row, const Column& column);

/// Returns `content`, as a link to the page of a sweep's point if `folder` is that of a point, else
/// nothing but the content.
Html point_link(std::string_view folder, const Html& content);

}  // namespace splitbench::html
