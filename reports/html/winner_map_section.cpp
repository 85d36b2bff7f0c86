#include <fmt/format.h>
#include <fmt/ranges.h>

#include "reports/analysis/winner_map.hpp"
#include "reports/columns.hpp"
#include "reports/html/chart_parts.hpp"
#include "reports/html/html_text.hpp"
#include "reports/html/point_link.hpp"
#include "reports/html/sections.hpp"
#include "reports/text/axis_text.hpp"

namespace splitbench::html {
namespace {

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
