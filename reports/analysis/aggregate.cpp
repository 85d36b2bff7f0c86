#include "reports/analysis/aggregate.hpp"

#include <algorithm>
#include <cassert>
#include <fmt/format.h>

#include "reports/columns.hpp"

namespace splitbench {
namespace {

/// Sets a field to the value that all reports have, or to an empty one if they differ.
template <class Value>
void keep_common(ReportMeta& meta, Value ReportMeta::*field, std::span<const SweepPoint> points) {
  bool first = true;
  for (const SweepPoint& point : points) {
    if (!point.report) continue;
    const Value& value = point.report->meta.*field;
    if (first) meta.*field = value;
    if (meta.*field != value) {
      meta.*field = Value{};
      return;
    }
    first = false;
  }
}

ReportMeta common_meta(const ReportMeta& base, std::span<const SweepPoint> points) {
  ReportMeta meta = base;
  for (std::string ReportMeta::*field :
       {&ReportMeta::time, &ReportMeta::backend, &ReportMeta::model, &ReportMeta::kv_dtype,
        &ReportMeta::kv, &ReportMeta::workers, &ReportMeta::transport, &ReportMeta::verify})
    keep_common(meta, field, points);
  keep_common(meta, &ReportMeta::seed, points);
  keep_common(meta, &ReportMeta::seeds, points);
  keep_common(meta, &ReportMeta::link_bandwidth, points);
  keep_common(meta, &ReportMeta::link_capacity, points);
  keep_common(meta, &ReportMeta::link_latency, points);
  keep_common(meta, &ReportMeta::overlap, points);
  keep_common(meta, &ReportMeta::verify_cost, points);
  keep_common(meta, &ReportMeta::slo, points);
  keep_common(meta, &ReportMeta::repeats, points);
  const auto any = [&](bool ReportMeta::*said) {
    return std::ranges::any_of(points, [said](const SweepPoint& point) {
      return point.report && point.report->meta.*said;
    });
  };
  meta.gpu_shared = any(&ReportMeta::gpu_shared);
  meta.random = any(&ReportMeta::random);
  for (const SweepPoint& point : points) {
    if (!point.report) continue;
    for (const std::string& arm : point.report->meta.declared_arms)
      if (std::ranges::find(meta.declared_arms, arm) == meta.declared_arms.end())
        meta.declared_arms.push_back(arm);
  }
  return meta;
}

/// Returns every column that a point has, once, in the order of all reports.
std::vector<Column> union_of_columns(std::span<const SweepPoint> points) {
  std::vector<Column> present;
  for (const SweepPoint& point : points) {
    if (!point.report) continue;
    for (const Column& column : point.report->columns)
      if (std::ranges::find(present, column.key, &Column::key) == present.end())
        present.push_back(column);
  }
  const std::vector<Column> all = all_columns();
  std::ranges::stable_sort(present, {}, [&](const Column& column) {
    return std::ranges::find(all, column.key, &Column::key) - all.begin();
  });
  return present;
}

/// Returns the rows of a point as they are in the sweep's report.
std::vector<Row> rows_of(const SweepPoint& point, const std::vector<Axis>& axes) {
  std::vector<Row> rows;
  if (point.report) rows = point.report->rows;
  if (!point.failure.empty())
    for (const std::string& arm : point.arms)
      rows.push_back({.axes = {{"arm", arm}}, .status = "failed"});
  for (Row& row : rows) {
    for (std::size_t i = 0; i < axes.size(); ++i) row.axes[axes[i].key] = point.values[i];
    row.folder = point.folder;
  }
  return rows;
}

void judge_point(ReportMeta& meta, const SweepPoint& point, const std::string& name) {
  if (!point.failure.empty())
    meta.warnings.push_back(fmt::format("{}: failed: {}", name, point.failure));
  if (!point.report) {
    meta.valid = false;
    return;
  }
  meta.valid = meta.valid && point.report->meta.valid;
  for (const std::string& warning : point.report->meta.warnings)
    meta.warnings.push_back(fmt::format("{}: {}", name, warning));
}

}  // namespace

std::string point_name(const std::vector<Axis>& axes, const std::vector<std::string>& values) {
  assert(axes.size() == values.size());
  std::string name;
  for (std::size_t i = 0; i < axes.size(); ++i)
    name += fmt::format("{}{} {}", i == 0 ? "" : ", ", axes[i].key, values[i]);
  return name;
}

Report aggregate(const ReportMeta& base, const std::vector<Axis>& axes,
                 std::span<const SweepPoint> points) {
  Report report{
      .meta = common_meta(base, points), .columns = union_of_columns(points), .axes = axes};
  const auto waiting = std::ranges::count_if(
      points, [](const SweepPoint& p) { return !p.report && p.failure.empty(); });
  if (waiting > 0)
    report.meta.warnings.push_back(
        fmt::format("not over: {} of {} points are missing", waiting, points.size()));
  for (const SweepPoint& point : points) {
    judge_point(report.meta, point, point_name(axes, point.values));
    for (Row& row : rows_of(point, axes)) report.rows.push_back(std::move(row));
    if (!axes.empty() || !point.report) continue;
    report.histograms.insert(point.report->histograms.begin(), point.report->histograms.end());
    report.series.insert(point.report->series.begin(), point.report->series.end());
  }
  return report;
}

}  // namespace splitbench
