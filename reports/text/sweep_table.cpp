#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>
#include <vector>

#include "reports/analysis/arm_comparison.hpp"
#include "reports/columns.hpp"
#include "reports/quantity_text.hpp"
#include "reports/text/report_text.hpp"
#include "reports/text/table.hpp"
#include "workloads/wrapped_text.hpp"

namespace splitbench {
namespace {

struct Figure {
  std::string_view title, key;
};
constexpr std::array<Figure, 4> kFigures = {{{"transfer p50", "transfer_p50"},
                                             {"TTFT p50", "ttft_p50"},
                                             {"TTFT p99", "ttft_p99"},
                                             {"requests/s", "request_throughput"}}};

constexpr std::size_t kFigureWidth = 10;
constexpr std::size_t kGainWidth = 6;
constexpr std::size_t kMostWarnings = 12;

/// A column of words: the values of an axis, or the arms.
struct TextColumn {
  std::string axis;  ///< key in Row::axes
  std::string title;
  std::size_t width = 0;
};

std::string last_word(const std::string& path) {
  return path.substr(path.rfind('.') + 1);
}

/// Returns the last word of an axis's key, or the whole key if another axis has the same one.
std::string title_of(const Axis& axis, const std::vector<Axis>& all) {
  const std::string word = last_word(axis.key);
  const auto same =
      std::ranges::count(all, word, [](const Axis& each) { return last_word(each.key); });
  return same > 1 ? axis.key : word;
}

std::vector<TextColumn> text_columns(const Report& report) {
  std::vector<TextColumn> columns;
  for (const Axis& axis : report.axes) columns.push_back({axis.key, title_of(axis, report.axes)});
  columns.push_back({"arm", "arm"});
  for (TextColumn& column : columns) {
    column.width = column.title.size();
    for (const Row& row : report.rows)
      column.width = std::max(column.width, row.axes.at(column.axis).size());
  }
  return columns;
}

std::string heading(const Report& report, std::size_t points) {
  const ReportMeta& meta = report.meta;
  std::vector<std::string> parts = {meta.scenario, meta.model};
  if (meta.link_bandwidth) parts.push_back(quantity_text(*meta.link_bandwidth, "bit/s"));
  parts.push_back(meta.backend);
  if (!meta.time.empty()) parts.push_back(meta.time + " time");
  if (std::ranges::find(report.axes, "seed", &Axis::key) == report.axes.end())  // as it once was
    parts.push_back(seeds_text(meta));
  parts.push_back(fmt::format("{} point{}", points, points == 1 ? "" : "s"));
  parts.emplace_back(meta.valid ? "valid" : "NOT VALID");
  std::erase(parts, "");

  std::string text = fmt::format("{}\n", fmt::join(parts, " · "));
  if (!meta.declared_arms.empty()) text += wrapped("  ", declared_text(meta));
  for (std::size_t i = 0; i < std::min(meta.warnings.size(), kMostWarnings); ++i)
    text += wrapped("  ! ", meta.warnings[i]);
  if (meta.warnings.size() > kMostWarnings)
    text += fmt::format("  ! and {} more, in report.json\n", meta.warnings.size() - kMostWarnings);
  return text;
}

std::string titles(const std::vector<TextColumn>& columns) {
  std::string text;
  for (const TextColumn& column : columns)
    text += fmt::format("{:<{}}  ", column.title, column.width);
  for (const Figure& figure : kFigures)
    text += fmt::format("{:>{}}{:{}}", figure.title, kFigureWidth + 2, "", kGainWidth - 2);
  return end_line(std::move(text));
}

/// Returns a figure, and its comparison with the raw row of the same point if there is one.
std::string figure_text(const Report& report, const Figure& figure, const Row& row,
                        const Row* raw) {
  const Column* column = find_column(report, figure.key);
  const auto value = column ? shown_figure(row, column->key) : std::nullopt;
  if (!value) return fmt::format("{:>{}}{:{}}", "-", kFigureWidth, "", kGainWidth);
  const std::string gain = raw ? gain_text(relative(*column, *raw, row)) : "";
  const std::string unit = column->unit == "1/s" ? "ratio" : column->unit;  // the title has it
  const std::string text =
      fmt::format("{}{}", quantity_text(*value, unit), mark_of(row, column->key));
  return fmt::format("{:>{}}{:>{}}", text, kFigureWidth, gain, kGainWidth);
}

std::string line_text(const Report& report, const std::vector<TextColumn>& columns, const Row& row,
                      const Row* raw) {
  std::string text;
  for (const TextColumn& column : columns)
    text += fmt::format("{:<{}}  ", row.axes.at(column.axis), column.width);
  for (const Figure& figure : kFigures) text += figure_text(report, figure, row, raw);
  const bool sound = row.status == "ok";
  return end_line(text + "  " + (sound && !row.verdict.empty() ? row.verdict : row.status));
}

std::string legend(const Report& report, bool compared) {
  std::vector<std::string> keys;
  for (const Axis& axis : report.axes) keys.push_back(axis.key);
  std::string text = fmt::format("\nvaried: {}\n", fmt::join(keys, ", "));
  const auto has_marks = [](const Row& row) { return !row.invalid.empty(); };
  if (std::ranges::any_of(report.rows, has_marks)) text += "! not valid\n";
  const bool noise_known = report.meta.repeats != 1;
  if (!noise_known) text += noise_text(report.meta) + "\n";
  if (!compared) return text;
  return text + "1.25x better than raw at the same point, below 1 worse" +
         (noise_known ? "    ~ within the noise\n" : "\n");
}

}  // namespace

std::string to_sweep_table(const Report& report) {
  const std::vector<TextColumn> columns = text_columns(report);
  const RawRows raw(report);
  std::set<RowPlace> points;
  for (const Row& row : report.rows) points.insert(place_of(row));
  std::string text = heading(report, points.size()) + "\n" + titles(columns);
  for (const Row& row : report.rows) text += line_text(report, columns, row, raw.beside(row));
  return text + legend(report, !raw.empty());
}

}  // namespace splitbench
