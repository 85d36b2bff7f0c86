#include "reports/text/table.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "reports/analysis/arm_comparison.hpp"
#include "reports/text/answer.hpp"
#include "reports/text/figures.hpp"
#include "reports/text/report_text.hpp"
#include "workloads/wrapped_text.hpp"

namespace splitbench {
namespace {

constexpr std::size_t kLabelWidth = 23;
constexpr std::size_t kUnitWidth = 7;
constexpr std::size_t kValueWidth = 10;
constexpr std::size_t kSpreadWidth = 8;  // includes the sign before it
constexpr std::size_t kGainWidth = 6;
constexpr std::size_t kGap = 2;  // columns before and behind a name

/// The arms that are shown side by side, and the rows that they are compared with.
struct Layout {
  const std::vector<Row>& rows;
  RawRows raw;
};

/// Returns the width of a column's spreads. A long name takes their place, and widens it if
/// necessary.
std::size_t spread_width(const Row& row) {
  const std::size_t name = kGap + row.axes.at("arm").size() + kGap;
  return std::max(kSpreadWidth, name > kValueWidth ? name - kValueWidth : 0);
}

std::string signed_spread(const std::string& spread) {
  return spread.empty() ? "" : " ± " + spread;
}

std::string line_text(const Layout& layout, const ShownFigure& figure) {
  const auto& [label, column, style] = figure;
  std::string text =
      fmt::format("  {:<{}}{:<{}}", label, kLabelWidth, style.scale.unit, kUnitWidth);
  for (const Row& row : layout.rows) {
    text += fmt::format("{:>{}}{:<{}}", value_text(row, column, style), kValueWidth,
                        signed_spread(interval_text(row, column, style)), spread_width(row));
    if (const Row* raw = layout.raw.beside(row))
      text += fmt::format("{:>{}}", gain_text(relative(column, *raw, row)), kGainWidth);
  }
  return end_line(std::move(text));
}

std::string heading(const ReportMeta& meta) {
  std::string text = fmt::format("{} · {}\n", heading_text(meta), validity_text(meta));
  for (const std::string& warning : meta.warnings) text += wrapped("  ! ", warning);
  return text;
}

std::string arm_names(const Layout& layout) {
  std::string text(2 + kLabelWidth + kUnitWidth, ' ');
  for (const Row& row : layout.rows) {
    const std::string name =
        fmt::format("{:{}}{:>{}}", "", kGap, row.axes.at("arm"), kValueWidth - kGap);
    text += fmt::format("{:<{}}", name, kValueWidth + spread_width(row));
    if (layout.raw.beside(row) != nullptr) text += fmt::format("{:>{}}", "vs raw", kGainWidth);
  }
  return end_line(std::move(text));
}

std::string group_text(const Layout& layout, const ShownGroup& group) {
  std::string text = fmt::format("\n{}\n", group.title);
  for (const ShownFigure& figure : group.figures) text += line_text(layout, figure);
  return text;
}

std::string incidents_text(const Report& report) {
  std::string text = report.incidents.empty() ? "" : "\nfaults\n";
  for (const auto& [what, seen] : incident_texts(report))
    text += seen.empty() ? fmt::format("  {}\n", what) : fmt::format("  {}\n    {}\n", what, seen);
  return text;
}

}  // namespace

std::string to_table(const Report& report) {
  if (!report.axes.empty()) return to_sweep_table(report);
  const Layout layout{report.rows, RawRows(report)};
  std::string text = heading(report.meta) + answer_text(report) + "\n" + arm_names(layout);
  for (const ShownGroup& group : shown_groups(report)) text += group_text(layout, group);
  text += incidents_text(report) + "\n";
  if (const std::string few = few_samples_text(report); !few.empty()) text += few + "\n";
  for (const std::string& line : legend_texts(report.meta, !layout.raw.empty()))
    text += line + "\n";
  return text;
}

}  // namespace splitbench
