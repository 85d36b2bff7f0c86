#pragma once
#include <cmath>
#include <fmt/format.h>
#include <string>
#include <utility>
#include <vector>

#include "reports/columns.hpp"
#include "reports/report.hpp"

/// A hand-made sweep of bandwidth and context that the tests of this folder share.
namespace splitbench::example {

/// Returns the link's bandwidth, in bit/s, up to which the codec pays in it; it depends on the
/// context.
inline double break_even(double context) {
  return 400e9 * std::pow(context / 8192, 0.25);
}

inline Axis bandwidths(std::size_t count) {
  Axis axis{.key = "link.bandwidth", .unit = "bit/s", .values = {}};
  for (std::size_t i = 0; i < count; ++i) {
    const double gigabits = 10 * std::exp2(static_cast<double>(i));
    axis.values.push_back({fmt::format("{} Gbit/s", gigabits), gigabits * 1e9});
  }
  return axis;
}

inline Axis contexts(std::size_t count) {
  Axis axis{.key = "workload.context", .unit = "count", .values = {}};
  for (std::size_t i = 0; i < count; ++i)
    axis.values.push_back({fmt::format("{}k", 1u << i), 1024 * std::exp2(static_cast<double>(i))});
  return axis;
}

/// Returns a row. The gain of splitzip is a power of the bandwidth, and 1 at break_even().
inline Row sweep_row(const std::string& arm, const Axis::Value& bandwidth,
                     const Axis::Value& context) {
  const double raw = *context.number * 2e6 / *bandwidth.number + 1e-6 * *context.number;
  const double gain = std::pow(break_even(*context.number) / *bandwidth.number, 0.05);
  const double seconds = arm == "splitzip" ? raw / gain : raw;
  Row row{.axes = {{"arm", arm},
                   {"link.bandwidth", bandwidth.text},
                   {"workload.context", context.text}},
          .values = {},
          .spread = {},
          .ci95 = {},
          .status = "ok",
          .verdict = "stable",
          .folder = ""};
  for (const Column& column : all_columns())
    if (column.unit == "s") row.values[column.key] = seconds;
  row.values["request_throughput"] = 1 / seconds;
  row.values["compression_ratio"] = arm == "splitzip" ? 1.331 : 1;
  if (arm == "splitzip") row.values["break_even_serial"] = 350e9;
  if (arm == "splitzip") row.values["break_even_pipelined"] = 700e9;
  return row;
}

inline Report sweep(std::size_t size) {
  Report report;
  report.meta = {.scenario = "break_even", .time = "virtual", .backend = "h200", .repeats = 1};
  report.columns = all_columns();
  report.axes = {bandwidths(size), contexts(size)};
  std::size_t point = 0;
  for (const Axis::Value& bandwidth : report.axes[0].values)
    for (const Axis::Value& context : report.axes[1].values) {
      for (const char* arm : {"raw", "bypass", "splitzip"}) {
        report.rows.push_back(sweep_row(arm, bandwidth, context));
        report.rows.back().folder = fmt::format("points/{:03}", point);
      }
      ++point;
    }
  return report;
}

/// Returns a report of rows whose one figure is the median TTFT.
inline Report ttft_report(std::vector<Row> rows) {
  Report report;
  report.columns = {{"ttft_p50", "TTFT p50", "s", Better::lower}};
  report.rows = std::move(rows);
  return report;
}

}  // namespace splitbench::example
