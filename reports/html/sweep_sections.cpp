#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "reports/analysis/arm_comparison.hpp"
#include "reports/analysis/winner_map.hpp"
#include "reports/columns.hpp"
#include "reports/html/chart_parts.hpp"
#include "reports/html/elements.hpp"
#include "reports/html/sections.hpp"
#include "reports/quantity_text.hpp"
#include "reports/text/figures.hpp"

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

/// Returns a cell with a figure in a unit of its own: the points of a sweep lie decades apart.
std::string figure_cell(const Column& column, const Row& row, const Row* base) {
  const std::optional<double> value = shown_figure(row, column.key);
  if (!value) return "<td>–</td>";
  const std::string gain = gain_mark(column, row, base);
  return fmt::format("<td{}>{}{}<small>{}</small></td>", invalid_attributes(row, column),
                     quantity_text(*value, column.unit), mark_of(row, column.key), gain);
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

std::string hint_of(const WinnerCell& cell) {
  std::string hint = fmt::format("{} {:.3f}x of raw", cell.arm, cell.gain);
  if (!cell.as_good.empty()) hint += fmt::format(", as good: {}", fmt::join(cell.as_good, ", "));
  if (cell.behind) hint += fmt::format(", auto {:+.1f}%", 100 * *cell.behind);
  return hint;
}

std::string cell_of(const WinnerCell& cell) {
  if (cell.arm.empty()) return "<td class=\"broken\">✕</td>";
  const std::string text =
      fmt::format("{} {:.2f}{}", cell.arm, cell.gain, cell.as_good.empty() ? "" : " ~");
  return fmt::format("<td class=\"win {}\" title=\"{}\">{}</td>", arm_colour(cell.arm),
                     html_text(hint_of(cell)), point_link(cell.folder, html_text(text)));
}

std::string table_of(const WinnerMap& map, const Column& column) {
  std::string labels, lines, where;
  for (const std::string& label : axis_text(map.x).labels)
    labels += fmt::format("<th scope=\"col\">{}</th>", html_text(label));
  for (std::size_t y = 0; y < map.cells.size(); ++y) {
    lines += fmt::format("<tr><th scope=\"row\">{}</th>", html_text(axis_text(map.y).labels[y]));
    for (const WinnerCell& cell : map.cells[y]) lines += cell_of(cell);
    lines += "</tr>\n";
  }
  for (const auto& [axis, value] : map.at) where += fmt::format(" · {} {}", axis, value);
  return fmt::format(
      "<figure class=\"map\">\n<figcaption>{}{}</figcaption>\n<div class=\"scroll\">\n<table "
      "class=\"heat\">\n<thead>\n<tr><th rowspan=\"2\" class=\"axis\">{}</th><th colspan=\"{}\" "
      "class=\"axis\">{}</th></tr>\n<tr>{}</tr>\n</thead>\n<tbody>\n{}</tbody>\n"
      "</table>\n</div>\n</figure>\n",
      html_text(column.title), html_text(where), axis_title(map.y), map.x.values.size(),
      axis_title(map.x), labels, lines);
}

}  // namespace

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

std::string winner_maps(const Report& report) {
  std::string tables;
  for (const char* figure : {"ttft_p50", "transfer_p50"})
    for (const WinnerMap& map : splitbench::winner_maps(report, figure))
      tables += table_of(map, *find_column(report, figure));
  if (tables.empty()) return "";
  return section("Which arm wins",
                 "The best of those that always do the same, and how many times better than raw it "
                 "is; ~ where another is as good. A cell's hint says how auto fares beside it.",
                 tables);
}

}  // namespace splitbench::html
