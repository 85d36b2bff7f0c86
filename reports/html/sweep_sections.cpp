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

Html head_of(const Report& report, const std::vector<const Column*>& shown) {
  Html heads;
  for (const Axis& axis : report.axes) heads += column_head(axis.key);
  heads += element("th", {{"scope", "col"}, {"class", "arm"}}, "arm");
  for (const Column* column : shown) heads += column_head(column->title);
  heads += column_head("load") + column_head("status") + element("th", "");
  return line("thead", element("tr", heads));
}

/// Returns a cell with a figure in a unit of its own: the points of a sweep lie decades apart.
Html figure_cell(const Column& column, const Row& row, const Row* base) {
  const std::optional<double> value = shown_figure(row, column.key);
  if (!value) return element("td", "–");
  return element("td", invalid_attributes(row, column),
                 Html(quantity_text(*value, column.unit)) + mark_of(row, column.key) +
                     element("small", gain_mark(column, row, base)));
}

Html line_of(const Report& report, const std::vector<const Column*>& shown, const Row& row,
             const Row* base) {
  Html cells;
  for (const Axis& axis : report.axes) {
    const auto value = row.axes.find(axis.key);
    cells += element("td", value == row.axes.end() ? "" : value->second);
  }
  cells += arm_heading(row.axes.at("arm"));
  for (const Column* column : shown) cells += figure_cell(*column, row, base);
  for (const std::string& word : {row.verdict, row.status})
    cells += element("td", {{"class", "word"}}, word);
  return line("tr", cells + element("td", point_link(row.folder, "open")));
}

std::string hint_of(const WinnerCell& cell) {
  std::string hint = cell.gain ? fmt::format("{} {:.3f}x of raw", cell.arm, *cell.gain)
                               : fmt::format("{}, no figure of raw to compare", cell.arm);
  if (!cell.as_good.empty()) hint += fmt::format(", as good: {}", fmt::join(cell.as_good, ", "));
  if (cell.behind) hint += fmt::format(", auto {:+.1f}%", 100 * *cell.behind);
  return hint;
}

Html cell_of(const WinnerCell& cell) {
  if (cell.arm.empty()) return element("td", {{"class", "broken"}}, "✕");
  const std::string gain = cell.gain ? fmt::format(" {:.2f}", *cell.gain) : "";
  const std::string text = fmt::format("{}{}{}", cell.arm, gain, cell.as_good.empty() ? "" : " ~");
  return element("td",
                 {{"class", fmt::format("win {}", arm_colour(cell.arm))}, {"title", hint_of(cell)}},
                 point_link(cell.folder, text));
}

Html table_of(const WinnerMap& map, const Column& column) {
  Html labels, lines;
  for (const std::string& label : axis_text(map.x).labels) labels += column_head(label);
  for (std::size_t y = 0; y < map.cells.size(); ++y) {
    Html cells = row_head(axis_text(map.y).labels[y]);
    for (const WinnerCell& cell : map.cells[y]) cells += cell_of(cell);
    lines += line("tr", cells);
  }
  std::string where;
  for (const auto& [axis, value] : map.at) where += fmt::format(" · {} {}", axis, value);
  const Html heads = line("tr", axis_heads(map.y, map.x)) + line("tr", labels);
  return map_figure(column.title + where, block("thead", heads) + block("tbody", lines));
}

}  // namespace

Html sweep_chart() {
  return section("Along one axis", "A figure of every arm; the other axes stay where they are set.",
                 place_of_choice("sweep") + place_of_chart("sweep"));
}

Html points(const Report& report) {
  const std::vector<const Column*> shown = sweep_columns(report);
  const RawRows raw(report);
  Html lines;
  for (const Row& row : report.rows) lines += line_of(report, shown, row, raw.beside(row));
  return block("details", {{"class", "all"}},
               line("summary", fmt::format("All {} rows", report.rows.size())) +
                   wide_table("points", head_of(report, shown) + block("tbody", lines)));
}

Html winner_maps(const Report& report) {
  Html tables;
  for (const char* figure : {"ttft_p50", "transfer_p50"})
    for (const WinnerMap& map : splitbench::winner_maps(report, figure))
      tables += table_of(map, *find_column(report, figure));
  if (tables.empty()) return {};
  tables += line("p", {{"class", "key"}},
                 sample("broken", "✕") + " no arm has a valid figure under a load that it carries");
  return section("Which arm wins",
                 "The best of those that always do the same, and how many times better than raw it "
                 "is; ~ where another is as good. A cell's hint says how auto fares beside it.",
                 tables);
}

}  // namespace splitbench::html
