#include "reports/analysis/compare.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <limits>

#include "reports/analysis/arm_comparison.hpp"
#include "reports/columns.hpp"

namespace splitbench {
namespace {

double change_of(double before, double after) {
  if (before == after) return 0;
  if (before == 0) return std::copysign(std::numeric_limits<double>::infinity(), after);
  return (after - before) / std::abs(before);
}

/// Returns whether a difference is no more than rounding in sums of doubles. Times are whole
/// nanoseconds, and so are their deviations.
bool is_rounding(const Column& column, double before, double after) {
  const double lost = 1e-9 * std::max(std::abs(before), std::abs(after));
  return std::abs(after - before) <= (column.unit == "s" ? std::max(lost, 1e-12) : lost);
}

Judgement judge(const Column& column, const Row& base, const Row& candidate) {
  const double before = base.values.at(column.key), after = candidate.values.at(column.key);
  if (within_noise(column.key, base, candidate) || is_rounding(column, before, after))
    return Judgement::same;
  if (column.better == Better::neither) return Judgement::different;
  return (after < before) == (column.better == Better::lower) ? Judgement::better
                                                              : Judgement::worse;
}

RowChange row_change(const std::vector<Column>& columns, const Row& base, const Row& candidate) {
  RowChange change{base.axes, {}};
  for (const Column& column : columns) {
    const auto before = base.values.find(column.key), after = candidate.values.find(column.key);
    if (before == base.values.end() || after == candidate.values.end()) continue;
    change.figures.push_back({.column = column,
                              .before = before->second,
                              .after = after->second,
                              .change = change_of(before->second, after->second),
                              .judgement = judge(column, base, candidate)});
  }
  return change;
}

using RowsByAxes = std::map<std::map<std::string, std::string>, const Row*>;

RowsByAxes rows_by_axes(const Report& report) {
  RowsByAxes rows;
  for (const Row& row : report.rows) rows[row.axes] = &row;
  return rows;
}

void warn_of_meta(std::vector<std::string>& warnings, const ReportMeta& base,
                  const ReportMeta& candidate) {
  const auto compare_texts = [&](const char* what, std::string before, std::string after) {
    if (before != after)
      warnings.push_back(fmt::format("{}: '{}' before, '{}' after", what, before, after));
  };
  compare_texts("scenario", base.scenario, candidate.scenario);
  compare_texts("seed", std::to_string(base.seed), std::to_string(candidate.seed));
  compare_texts("model", base.model, candidate.model);
  compare_texts("kv_dtype", base.kv_dtype, candidate.kv_dtype);
  compare_texts("time", base.time, candidate.time);
  compare_texts("backend", base.backend, candidate.backend);
  compare_texts("transport", base.transport, candidate.transport);
}

void warn_of_one(std::vector<std::string>& warnings, const char* when, const ReportMeta& meta) {
  if (!meta.valid) {
    const std::string why = meta.warnings.empty() ? "" : ": " + meta.warnings.front();
    warnings.push_back(fmt::format("NOT VALID {}{}", when, why));
  }
  if (meta.time == "real" && meta.repeats < 2)
    warnings.push_back(fmt::format("one repeat {}: its noise is unknown", when));
}

/// Warns of columns and rows that `report` has and `other` has not.
void warn_of_missing(std::vector<std::string>& warnings, const char* when, const Report& report,
                     const Report& other) {
  const RowsByAxes rows_of_other = rows_by_axes(other);
  std::vector<std::string> keys;
  for (const Column& column : report.columns)
    if (find_column(other, column.key) == nullptr) keys.push_back(column.key);
  if (!keys.empty()) warnings.push_back(fmt::format("only {}: {}", when, fmt::join(keys, ", ")));
  for (const Row& row : report.rows)
    if (!rows_of_other.contains(row.axes))
      warnings.push_back(fmt::format("only {}: the row {}", when, row_name(row.axes)));
}

/// Warns of figures that `other` lacks, in columns that both reports have.
void warn_of_figures(std::vector<std::string>& warnings, const char* when, const Row& row,
                     const Row& other, const Report& report_of_other) {
  std::vector<std::string> keys;
  for (const Column& column : report_of_other.columns)
    if (row.values.contains(column.key) && !other.values.contains(column.key))
      keys.push_back(column.key);
  if (!keys.empty())
    warnings.push_back(
        fmt::format("{}: only {}: {}", row_name(row.axes), when, fmt::join(keys, ", ")));
}

void warn_of_row(std::vector<std::string>& warnings, const Row& base, const Row& candidate) {
  const std::string name = row_name(base.axes);
  if (base.status != candidate.status)
    warnings.push_back(fmt::format("{}: {} before, {} after", name, base.status, candidate.status));
  for (const auto& [when, row] : {std::pair("before", &base), std::pair("after", &candidate)}) {
    std::map<std::string, std::vector<std::string>> keys_by_cause;
    for (const auto& [key, cause] : row->invalid) keys_by_cause[cause].push_back(key);
    for (const auto& [cause, keys] : keys_by_cause)
      warnings.push_back(
          fmt::format("{}: not valid {}, {}: {}", name, when, cause, fmt::join(keys, ", ")));
  }
  if (base.verdict != candidate.verdict && !base.verdict.empty() && !candidate.verdict.empty())
    warnings.push_back(
        fmt::format("{}: {} before, {} after", name, base.verdict, candidate.verdict));
}

}  // namespace

Comparison compare(const Report& base, const Report& candidate) {
  Comparison result{base.meta, candidate.meta, {}, {}};
  warn_of_meta(result.warnings, base.meta, candidate.meta);
  warn_of_one(result.warnings, "before", base.meta);
  warn_of_one(result.warnings, "after", candidate.meta);
  warn_of_missing(result.warnings, "before", base, candidate);
  warn_of_missing(result.warnings, "after", candidate, base);
  const RowsByAxes rows = rows_by_axes(candidate);
  for (const Row& row : base.rows) {
    const auto found = rows.find(row.axes);
    if (found == rows.end()) continue;
    const Row& other = *found->second;
    warn_of_row(result.warnings, row, other);
    warn_of_figures(result.warnings, "before", row, other, candidate);
    warn_of_figures(result.warnings, "after", other, row, base);
    result.rows.push_back(row_change(base.columns, row, other));
  }
  return result;
}

std::string row_name(const std::map<std::string, std::string>& axes) {
  std::vector<std::string> parts;
  for (const auto& [axis, value] : axes)
    if (axis != "arm") parts.push_back(fmt::format("{} {}", axis, value));
  parts.push_back(axes.at("arm"));
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace splitbench
