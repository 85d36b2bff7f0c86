#include "reports/text/compare_text.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "reports/quantity_text.hpp"
#include "reports/text/report_text.hpp"
#include "workloads/wrapped_text.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kTitleWidth = 32;
constexpr std::size_t kMostChanges = 10;

/// A figure that changed beyond the noise, and the row that it is of.
struct Change {
  const RowChange* row;
  const FigureChange* figure;
};

std::string change_text(double change) {
  if (!std::isfinite(change)) return "from 0";
  const double percent = 100 * change, size = std::abs(percent);
  if (size < 0.01 || size >= 1e6) return fmt::format("{:+.1g}%", percent);
  return fmt::format("{:+.{}f}%", percent, size < 10 ? 2 : size < 1000 ? 1 : 0);
}

std::string figure_text(const FigureChange& figure) {
  return fmt::format("  {:<{}}{:>14}{:>14}{:>12}  {}\n", figure.column.title, kTitleWidth - 2,
                     quantity_text(figure.before, figure.column.unit),
                     quantity_text(figure.after, figure.column.unit), change_text(figure.change),
                     kJudgementNames[figure.judgement]);
}

std::size_t count_same(const RowChange& row) {
  return static_cast<std::size_t>(
      std::ranges::count(row.figures, Judgement::same, &FigureChange::judgement));
}

bool all_same(const RowChange& row) {
  return count_same(row) == row.figures.size();
}

std::string row_text(const RowChange& row) {
  const std::string name = row_name(row.axes);
  const bool fits = width_of(name) <= kTitleWidth;
  std::string text = fmt::format("\n{}{:<{}}{:>14}{:>14}{:>12}\n", fits ? "" : wrapped("", name),
                                 fits ? name : "", kTitleWidth, "before", "after", "change");
  for (const FigureChange& figure : row.figures)
    if (figure.judgement != Judgement::same) text += figure_text(figure);
  return text + fmt::format("  the same within the noise: {} more\n", count_same(row));
}

std::string same_rows_text(const std::vector<RowChange>& rows) {
  std::vector<std::string> names;
  for (const RowChange& row : rows)
    if (all_same(row))
      names.push_back(fmt::format("{} ({} figures)", row_name(row.axes), row.figures.size()));
  if (names.empty()) return "";
  return fmt::format(
      "\n{}", wrapped("the same within the noise: ", fmt::format("{}", fmt::join(names, "; "))));
}

std::string rows_text(const std::vector<RowChange>& rows) {
  std::string text;
  for (const RowChange& row : rows)
    if (!all_same(row)) text += row_text(row);
  return text + same_rows_text(rows);
}

/// Returns by how much a figure changed, alike for twice and half of it.
double size_of(const FigureChange& figure) {
  if (figure.before > 0 && figure.after > 0)
    return std::abs(std::log(figure.after / figure.before));
  return std::abs(figure.change);
}

/// Returns the changes beyond the noise, the largest first: those for better or worse before those
/// of which nobody can say that.
std::vector<Change> changes_of(const Comparison& comparison) {
  std::vector<Change> changes;
  for (const RowChange& row : comparison.rows)
    for (const FigureChange& figure : row.figures)
      if (figure.judgement != Judgement::same) changes.push_back({&row, &figure});
  const auto rank = [](const Change& change) {
    return std::pair(change.figure->judgement == Judgement::different, -size_of(*change.figure));
  };
  std::ranges::stable_sort(changes, {}, rank);
  return changes;
}

std::string nothing_changed(const Comparison& comparison) {
  std::size_t figures = 0;
  for (const RowChange& row : comparison.rows) figures += row.figures.size();
  return fmt::format("nothing changed beyond the noise: {} figures of {} rows\n", figures,
                     comparison.rows.size());
}

/// Returns the line of a change, with its row behind it, or below it where there is no room.
std::string change_line(const Change& change) {
  std::string line = figure_text(*change.figure);
  line.pop_back();
  const std::string name = row_name(change.row->axes);
  const std::string padded = fmt::format("{:<{}}", line, kTitleWidth + 14 + 14 + 12 + 2 + 11);
  if (width_of(padded) + width_of(name) <= kTextWidth) return padded + name + "\n";
  return line + "\n" + wrapped("      ", name);
}

std::string largest_text(const std::vector<Change>& changes) {
  const std::size_t shown = std::min(changes.size(), kMostChanges);
  const std::string title = shown < changes.size()
                                ? fmt::format("the largest of {} changes", changes.size())
                                : "changes beyond the noise";
  std::string text =
      fmt::format("\n{:<{}}{:>14}{:>14}{:>12}\n", title, kTitleWidth, "before", "after", "change");
  for (const Judgement judgement : {Judgement::worse, Judgement::better, Judgement::different})
    for (std::size_t i = 0; i < shown; ++i)
      if (changes[i].figure->judgement == judgement) text += change_line(changes[i]);
  if (shown < changes.size()) text += fmt::format("{} more: --all\n", changes.size() - shown);
  return text;
}

std::string warnings_text(const std::vector<std::string>& warnings, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < std::min(most, warnings.size()); ++i)
    text += wrapped("  ! ", warnings[i]);
  if (most < warnings.size()) text += fmt::format("  ! {} more: --all\n", warnings.size() - most);
  return text;
}

std::string meta_text(const char* when, const ReportMeta& meta) {
  return wrapped(when, heading_text(meta) + " · " + validity_text(meta));
}

std::string broken_text(const Broken& broken) {
  const std::string& unit = broken.column.unit;
  std::string text = fmt::format("{}: {} is {}", broken.condition, row_name(broken.axes),
                                 quantity_text(broken.after, unit));
  if (broken.before) text += fmt::format(", was {}", quantity_text(*broken.before, unit));
  return wrapped("failed  ", text);
}

Json number(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json figure_json(const RowChange& row, const FigureChange& figure) {
  return {{"axes", row.axes},
          {"key", figure.column.key},
          {"unit", figure.column.unit},
          {"before", figure.before},
          {"after", figure.after},
          {"change", std::isfinite(figure.change) ? Json(figure.change) : Json(nullptr)},
          {"verdict", kJudgementNames[figure.judgement]}};
}

Json broken_json(const Broken& broken) {
  return {{"condition", broken.condition},   {"axes", broken.axes},
          {"key", broken.column.key},        {"unit", broken.column.unit},
          {"before", number(broken.before)}, {"after", broken.after}};
}

}  // namespace

std::string to_table(const Comparison& comparison, std::span<const Broken> broken, Extent extent) {
  const std::vector<Change> changes = changes_of(comparison);
  const bool is_all = extent == Extent::all;
  std::string text;
  if (!changes.empty() || is_all)
    text += meta_text("before  ", comparison.before) + meta_text("after   ", comparison.after);
  constexpr std::size_t kFewWarnings = 10;
  text += warnings_text(comparison.warnings, is_all ? comparison.warnings.size() : kFewWarnings);
  if (changes.empty()) text += nothing_changed(comparison);
  if (!changes.empty()) text += is_all ? rows_text(comparison.rows) : largest_text(changes);
  if (!broken.empty()) text += "\n";
  for (const Broken& each : broken) text += broken_text(each);
  return text;
}

std::string to_json(const Comparison& comparison, std::span<const Broken> broken) {
  Json rows = Json::array(), failed = Json::array();
  for (const RowChange& row : comparison.rows)
    for (const FigureChange& figure : row.figures) rows.push_back(figure_json(row, figure));
  for (const Broken& each : broken) failed.push_back(broken_json(each));
  const Json json = {{"rows", rows}, {"warnings", comparison.warnings}, {"failed", failed}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace splitbench
