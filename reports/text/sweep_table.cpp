#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>
#include <vector>

#include "reports/analysis/arm_comparison.hpp"
#include "reports/columns.hpp"
#include "reports/quantity_text.hpp"
#include "reports/text/answer.hpp"
#include "reports/text/report_text.hpp"
#include "reports/text/table.hpp"
#include "workloads/wrapped_text.hpp"

namespace splitbench {
namespace {

struct Figure {
  std::string_view title, key;
};
constexpr std::array<Figure, 7> kFigures = {{{"max rate/s", "max_goodput_rate"},
                                             {"within SLO", "slo_attainment"},
                                             {"goodput/s", "request_goodput"},
                                             {"transfer p50", "transfer_p50"},
                                             {"TTFT p50", "ttft_p50"},
                                             {"TTFT p99", "ttft_p99"},
                                             {"requests/s", "request_throughput"}}};
constexpr std::size_t kAlwaysShown = 4;  // the last ones; the others only where a report has them

constexpr std::size_t kLeastFigureWidth = 10;
constexpr std::size_t kLeastGainWidth = 6;
constexpr std::size_t kOverhang = 2;  // of a title into the column of gains
constexpr std::size_t kMostWarnings = 12;

/// A column of words: the values of an axis, or the arms.
struct TextColumn {
  std::string axis;  ///< key in Row::axes
  std::string title;
  std::size_t width = 0;
};

/// A figure of each row, and its comparison with the raw row of the same point where there is one.
struct FigureColumn {
  std::string_view title;
  std::vector<std::string> values, gains;  ///< by row
  std::size_t width = kLeastFigureWidth, gain_width = kLeastGainWidth;
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
    column.width = width_of(column.title);
    for (const Row& row : report.rows)
      column.width = std::max(column.width, width_of(row.axes.at(column.axis)));
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

FigureColumn figure_column(const Report& report, const RawRows& raw, const Figure& figure) {
  FigureColumn shown{.title = figure.title};
  shown.width = std::max(shown.width, width_of(std::string(figure.title)) - kOverhang);
  const Column* column = find_column(report, figure.key);
  for (const Row& row : report.rows) {
    const Row* base = raw.beside(row);
    const auto value = column ? shown_figure(row, column->key) : std::nullopt;
    // A rate's title has its unit.
    const std::string text =
        value ? fmt::format("{}{}",
                            quantity_text(*value, column->unit == "1/s" ? "ratio" : column->unit),
                            mark_of(row, column->key))
              : "-";
    shown.values.push_back(text);
    shown.gains.push_back(value && base ? gain_text(relative(*column, *base, row)) : "");
    shown.width = std::max(shown.width, width_of(text));
    shown.gain_width = std::max(shown.gain_width, 1 + width_of(shown.gains.back()));
  }
  return shown;
}

std::vector<FigureColumn> figure_columns(const Report& report, const RawRows& raw) {
  std::vector<FigureColumn> columns;
  for (std::size_t i = 0; i < kFigures.size(); ++i)
    if (i + kAlwaysShown >= kFigures.size() || is_in_some_row(report, std::string(kFigures[i].key)))
      columns.push_back(figure_column(report, raw, kFigures[i]));
  return columns;
}

std::string titles(const std::vector<TextColumn>& columns,
                   const std::vector<FigureColumn>& figures) {
  std::string text;
  for (const TextColumn& column : columns)
    text += fmt::format("{:<{}}  ", column.title, column.width);
  for (const FigureColumn& figure : figures)
    text += fmt::format("{:>{}}{:{}}", figure.title, figure.width + kOverhang, "",
                        figure.gain_width - kOverhang);
  return end_line(std::move(text));
}

std::string line_text(const std::vector<TextColumn>& columns,
                      const std::vector<FigureColumn>& figures, const Row& row,
                      std::size_t number) {
  std::string text;
  for (const TextColumn& column : columns)
    text += fmt::format("{:<{}}  ", row.axes.at(column.axis), column.width);
  for (const FigureColumn& figure : figures)
    text += fmt::format("{:>{}}{:>{}}", figure.values[number], figure.width, figure.gains[number],
                        figure.gain_width);
  const bool sound = row.status == "ok";
  return end_line(text + "  " + (sound && !row.verdict.empty() ? row.verdict : row.status));
}

std::string legend(const Report& report, bool compared) {
  std::vector<std::string> keys;
  for (const Axis& axis : report.axes) keys.push_back(axis.key);
  std::string text = fmt::format("\nvaried: {}\n", fmt::join(keys, ", "));
  const auto has_marks = [](const Row& row) { return !row.invalid.empty(); };
  if (std::ranges::any_of(report.rows, has_marks)) text += "! not valid\n";
  if (std::ranges::any_of(report.rows, is_overloaded) && !is_search(report))
    text += "overloaded: its figures, and ratios with them, say how long the run was\n";
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
  const std::vector<FigureColumn> figures = figure_columns(report, raw);
  std::set<RowPlace> points;
  for (const Row& row : report.rows) points.insert(place_of(row));
  std::string text =
      heading(report, points.size()) + answer_text(report) + "\n" + titles(columns, figures);
  for (std::size_t i = 0; i < report.rows.size(); ++i)
    text += line_text(columns, figures, report.rows[i], i);
  return text + legend(report, !raw.empty());
}

}  // namespace splitbench
