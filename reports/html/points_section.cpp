#include <algorithm>
#include <fmt/format.h>

#include "reports/analysis/raw_rows.hpp"
#include "reports/columns.hpp"
#include "reports/html/html_text.hpp"
#include "reports/html/point_link.hpp"
#include "reports/html/sections.hpp"
#include "reports/quantity_text.hpp"

namespace splitbench::html {
namespace {

std::string head_of(const Report& report, const std::vector<const Column*>& shown) {
  std::string text = "<thead><tr>";
  for (const Axis& axis : report.axes)
    text += fmt::format("<th scope=\"col\">{}</th>", html_text(axis.key));
  text += "<th scope=\"col\" class=\"arm\">arm</th>";
  for (const Column* column : shown)
    text += fmt::format("<th scope=\"col\">{}</th>", html_text(column->title));
  return text + "<th scope=\"col\">load</th><th scope=\"col\">status</th><th></th></tr></thead>\n";
}

/// Each in a unit of its own: the points of a sweep lie decades apart.
std::string figure_cell(const Column& column, const Row& row, const Row* base) {
  const auto value = row.values.find(column.key);
  if (value == row.values.end()) return "<td>–</td>";
  const std::string gain = gain_mark(column, row, base);
  return fmt::format("<td>{}<small>{}</small></td>", quantity_text(value->second, column.unit),
                     gain);
}

std::string line_of(const Report& report, const std::vector<const Column*>& shown, const Row& row,
                    const Row* base) {
  std::string text = "<tr>";
  for (const Axis& axis : report.axes) {
    const auto value = row.axes.find(axis.key);
    text += fmt::format("<td>{}</td>", html_text(value == row.axes.end() ? "" : value->second));
  }
  text += arm_heading(row.axes.at("arm"));
  for (const Column* column : shown) text += figure_cell(*column, row, base);
  return text +
         fmt::format("<td class=\"word\">{}</td><td class=\"word\">{}</td><td>{}</td></tr>\n",
                     html_text(row.verdict), html_text(row.status), point_link(row.folder, "open"));
}

bool is_point(std::string_view folder) {
  constexpr std::string_view kPoints = "points/";
  return folder.starts_with(kPoints) && folder.size() > kPoints.size() &&
         folder.find_first_not_of("0123456789", kPoints.size()) == std::string_view::npos;
}

}  // namespace

std::string point_link(std::string_view folder, std::string_view content) {
  return is_point(folder) ? fmt::format("<a href=\"{}/report.html\">{}</a>", folder, content)
                          : std::string(content);
}

std::string sweep_chart() {
  return section("Along one axis", "A figure of every arm; the other axes stay where they are set.",
                 "<div data-choice=\"sweep\"></div>\n<figure data-chart=\"sweep\"></figure>\n");
}

std::string points(const Report& report) {
  const std::vector<const Column*> shown = sweep_columns(report);
  const RawRows raw(report);
  std::string lines;
  for (const Row& row : report.rows) lines += line_of(report, shown, row, raw.beside(row));
  return fmt::format(
      "<details class=\"all\">\n<summary>All {} rows</summary>\n<div class=\"scroll\">\n<table "
      "class=\"points\">\n{}<tbody>\n{}</tbody>\n</table>\n</div>\n</details>\n",
      report.rows.size(), head_of(report, shown), lines);
}

}  // namespace splitbench::html
