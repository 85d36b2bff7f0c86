#include "reports/text/markdown.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "reports/analysis/arm_comparison.hpp"
#include "reports/columns.hpp"
#include "reports/quantity_text.hpp"
#include "reports/text/answer.hpp"
#include "reports/text/figures.hpp"
#include "reports/text/report_text.hpp"

namespace splitbench {
namespace {

/// Returns a name as text of one line, in which nothing has a meaning to Markdown.
std::string escaped(std::string_view text) {
  constexpr std::string_view kMarks = "\\`|*_<>[]~&";
  std::string result;
  for (const char c : text) {
    if (kMarks.find(c) != std::string_view::npos) result += '\\';
    result += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return result;
}

std::string table_row(const std::vector<std::string>& cells) {
  return fmt::format("| {} |\n", fmt::join(cells, " | "));
}

/// Returns the line below a table's head: names to the left, figures to the right.
std::string alignment(std::size_t names, std::size_t figures) {
  std::vector<std::string> cells(names, "---");
  cells.resize(names + figures, "---:");
  return table_row(cells);
}

std::string heading(const Report& report) {
  std::string text = fmt::format("### {}\n\n**{}**\n", escaped(heading_text(report.meta)),
                                 validity_text(report.meta));
  if (!report.meta.warnings.empty()) text += "\n> [!WARNING]\n";
  for (const std::string& warning : report.meta.warnings)
    text += fmt::format("> - {}\n", escaped(warning));
  text += "\n";
  for (const std::string& sentence : answer(report))
    text += fmt::format("- {}\n", escaped(sentence));
  return text + "\n";
}

std::string gain(const RawRows& raw, const Row& row, const Column& column) {
  const Row* base = raw.beside(row);
  return base == nullptr ? "" : escaped(gain_text(relative(column, *base, row)));
}

std::string with_interval(const std::string& value, const std::string& half) {
  return half.empty() ? value : value + " ± " + half;
}

std::vector<std::string> arms_head(const Report& report, const RawRows& raw) {
  std::vector<std::string> cells = {"", ""};
  for (const Row& row : report.rows) {
    cells.push_back(escaped(row.axes.at("arm")));
    if (raw.beside(row) != nullptr) cells.push_back("vs raw");
  }
  return cells;
}

std::vector<std::string> figure_cells(const Report& report, const RawRows& raw,
                                      const ShownFigure& figure) {
  const auto& [label, column, style] = figure;
  std::vector<std::string> cells = {escaped(label), escaped(style.scale.unit)};
  for (const Row& row : report.rows) {
    cells.push_back(
        with_interval(value_text(row, column, style), interval_text(row, column, style)));
    if (raw.beside(row) != nullptr) cells.push_back(gain(raw, row, column));
  }
  return cells;
}

std::string arms_side_by_side(const Report& report, const RawRows& raw) {
  const std::vector<std::string> head = arms_head(report, raw);
  std::string text = table_row(head) + alignment(2, head.size() - 2);
  for (const ShownGroup& group : shown_groups(report)) {
    std::vector<std::string> title(head.size());
    title[0] = fmt::format("**{}**", group.title);
    text += table_row(title);
    for (const ShownFigure& figure : group.figures)
      text += table_row(figure_cells(report, raw, figure));
  }
  return text;
}

/// Returns the cells of one point and arm. Points may lie decades apart, so each figure has its own
/// unit.
std::vector<std::string> point_cells(const Report& report, const RawRows& raw, const Row& row) {
  std::vector<std::string> cells;
  for (const Axis& axis : report.axes)
    cells.push_back(row.axes.contains(axis.key) ? escaped(row.axes.at(axis.key)) : "");
  cells.push_back(escaped(row.axes.at("arm")));
  cells.push_back(escaped(row.status == "ok" ? row.verdict : row.status));
  for (const Column* column : sweep_columns(report)) {
    const std::optional<double> value = shown_figure(row, column->key);
    cells.push_back(!value ? "-"
                           : fmt::format("{}{}", escaped(quantity_text(*value, column->unit)),
                                         mark_of(row, column->key)));
    cells.push_back(gain(raw, row, *column));
  }
  return cells;
}

std::string points(const Report& report, const RawRows& raw) {
  std::vector<std::string> head;
  for (const Axis& axis : report.axes) head.push_back(escaped(axis.key));
  head.insert(head.end(), {"arm", "verdict"});
  const std::size_t names = head.size();
  for (const Column* column : sweep_columns(report))
    head.insert(head.end(), {escaped(column->title), "vs raw"});
  std::string text = table_row(head) + alignment(names, head.size() - names);
  for (const Row& row : report.rows) text += table_row(point_cells(report, raw, row));
  return text;
}

std::string incidents(const Report& report) {
  std::string text = report.incidents.empty() ? "" : "\n**faults**\n\n";
  for (const auto& [what, seen] : incident_texts(report))
    text += seen.empty() ? fmt::format("- {}\n", escaped(what))
                         : fmt::format("- {}: {}\n", escaped(what), escaped(seen));
  return text;
}

std::string legend_lines(const Report& report, bool compared) {
  std::vector<std::string> lines = legend_texts(report.meta, compared);
  if (report.axes.empty()) lines.insert(lines.begin(), few_samples_text(report));
  std::erase(lines, "");
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "\n" : "  \n") + escaped(line);
  return text + "\n";
}

}  // namespace

std::string to_markdown(const Report& report) {
  const RawRows raw(report);
  return heading(report) +
         (report.axes.empty() ? arms_side_by_side(report, raw) : points(report, raw)) +
         incidents(report) + legend_lines(report, !raw.empty());
}

}  // namespace splitbench
