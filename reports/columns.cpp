#include "reports/columns.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "workloads/timeline.hpp"

namespace splitbench {
namespace {

void add_latency(std::vector<Column>& columns, const Latency& latency) {
  const auto add = [&](std::string_view statistic, std::string label, Better better) {
    columns.push_back({fmt::format("{}_{}", latency.key, statistic),
                       fmt::format("{} {}", latency.title, label), "s", better});
  };
  add("mean", "mean", Better::lower);
  add("std", "std", Better::neither);
  for (const Percentile& percentile : kPercentiles) {
    std::string label(percentile.key);
    std::ranges::replace(label, '_', '.');
    add(percentile.key, label, Better::lower);
  }
}

}  // namespace

std::vector<Column> all_columns() {
  std::vector<Column> columns = {
      {"requests", "requests ok", "count", Better::neither},
      {"failed", "requests failed", "count", Better::lower},
      {"cancelled", "requests cancelled", "count", Better::lower},
      {"unfinished", "requests unfinished", "count", Better::lower},
      {"retried", "requests sent again", "count", Better::lower},
  };
  for (const Latency& latency : kLatencies) add_latency(columns, latency);
  for (const std::string_view stage : kStageNames)
    columns.push_back(
        {fmt::format("part_{}", stage), fmt::format("TTFT part {}", stage), "s", Better::lower});
  for (std::size_t stage = 0; stage < kActiveStages; ++stage)
    columns.push_back({fmt::format("stage_{}", kStageNames[stage]),
                       fmt::format("{}, active", kStageNames[stage]), "s", Better::lower});
  columns.insert(
      columns.end(),
      {
          {"shards_apart_mean", "first to last shard, mean", "s", Better::lower},
          {"shards_apart_most", "first to last shard, most", "s", Better::lower},
          {"duration", "duration", "s", Better::neither},
          {"input_tokens", "prompt tokens", "count", Better::neither},
          {"output_tokens", "output tokens", "count", Better::neither},
          {"arrival_rate", "requests arriving", "1/s", Better::neither},
          {"concurrency", "requests at a time", "count", Better::neither},
          {"request_throughput", "request throughput", "1/s", Better::higher},
          {"output_throughput", "output token throughput", "1/s", Better::higher},
          {"total_token_throughput", "token throughput", "1/s", Better::higher},
          {"max_goodput_rate", "highest rate within SLO", "1/s", Better::higher},
          {"refused_rate", "lowest rate that did not pass", "1/s", Better::neither},
          {"attainment_plateau", "SLO attainment at any low rate", "share", Better::higher},
          {"slo_attainment", "SLO attainment", "share", Better::higher},
          {"request_goodput", "request goodput", "1/s", Better::higher},
          {"compression_ratio", "compression ratio", "ratio", Better::higher},
          {"escape_rate", "escape rate", "share", Better::lower},
          {"stored_share", "KV in stored frames", "share", Better::neither},
          {"ideal_ratio", "best codebooks' ratio", "ratio", Better::neither},
          {"ratio_of_ideal", "ratio, of the best", "share", Better::higher},
          {"drift", "drift, mean", "share", Better::neither},
          {"codebook_changes", "codebook changes", "count", Better::neither},
          {"codebook_changes_most", "changes of one scope, most", "count", Better::neither},
          {"raw_bytes", "raw KV bytes", "bytes", Better::neither},
          {"wire_bytes", "wire bytes", "bytes", Better::lower},
          {"link_utilisation", "link in use", "share", Better::neither},
          {"nic_utilisation", "busiest NIC in use", "share", Better::neither},
          {"break_even_serial", "break-even, serial", "bit/s", Better::neither},
          {"break_even_pipelined", "break-even, pipelined", "bit/s", Better::neither},
          {"prefill_slowdown", "prefill slower", "share", Better::neither},
          {"prefill_slowdown_upper95", "prefill slower, 95%", "share", Better::neither},
          {"decode_slowdown", "decode slower", "share", Better::neither},
          {"decode_slowdown_upper95", "decode slower, 95%", "share", Better::neither},
          {"link_rate_achieved", "link rate achieved", "bit/s", Better::neither},
          {"intrusion", "intrusion", "share", Better::neither},
          {"intrusion_time", "intrusion of a transfer", "s", Better::neither},
          {"sender_intrusion", "intrusion of senders", "share", Better::neither},
          {"receiver_intrusion", "intrusion of receivers", "share", Better::neither},
          {"stage_inflation", "stage inflation", "share", Better::neither},
          {"encode_inflation", "inflation of encode", "share", Better::neither},
          {"decode_inflation", "inflation of decode", "share", Better::neither},
          {"late_arrivals", "late arrivals", "share", Better::lower},
          {"lateness_p99", "lateness p99", "s", Better::neither},
          {"clock_error", "clock error", "s", Better::neither},
          {"other_load", "cores used by others", "count", Better::neither},
          {"stolen", "cores stolen", "count", Better::neither},
      });
  return columns;
}

const Column* find_column(const Report& report, std::string_view key) {
  const auto found = std::ranges::find(report.columns, key, &Column::key);
  return found == report.columns.end() ? nullptr : &*found;
}

bool has_samples_for(const Row& row, std::string_view key) {
  for (const Percentile& percentile : kPercentiles) {
    const std::size_t end = key.size() - std::min(key.size(), percentile.key.size() + 1);
    if (key.substr(end) != fmt::format("_{}", percentile.key)) continue;
    const auto latency = std::ranges::find(kLatencies, key.substr(0, end), &Latency::key);
    if (latency == kLatencies.end()) return true;
    const auto count = [&row](const char* of) {
      const auto found = row.values.find(of);
      return found == row.values.end() ? 0 : found->second;
    };
    const double requests = count("requests");
    if (!row.values.contains("requests")) return true;  // not a row of a run
    const double samples = latency->key == "itl" ? count("output_tokens") - requests : requests;
    return percentile.quantile <= 0.5 ||
           std::round(samples * (1 - percentile.quantile) * 1e6) >= 1e6;
  }
  return true;
}

std::optional<double> shown_figure(const Row& row, const std::string& key) {
  const auto value = row.values.find(key);
  if (value == row.values.end() || !has_samples_for(row, key)) return std::nullopt;
  return value->second;
}

std::string_view mark_of(const Row& row, const std::string& key) {
  return row.invalid.contains(key) ? "!" : "";
}

bool is_in_some_row(const Report& report, const std::string& key) {
  return std::ranges::any_of(report.rows,
                             [&key](const Row& row) { return row.values.contains(key); });
}

bool is_search(const Report& report) {
  return report.meta.slo_target.has_value() || is_in_some_row(report, "max_goodput_rate");
}

std::string break_even_key(const ReportMeta& meta, const Row& row) {
  const auto pipeline = row.axes.find("pipeline");
  const bool overlap =
      pipeline == row.axes.end() ? meta.overlap.value_or(true) : pipeline->second != "off";
  return overlap ? "break_even_pipelined" : "break_even_serial";
}

bool is_shown(const Report& report, const Column& column) {
  return !column.key.starts_with("break_even_") ||
         std::ranges::any_of(report.rows, [&](const Row& row) {
           return break_even_key(report.meta, row) == column.key;
         });
}

std::vector<const Column*> sweep_columns(const Report& report) {
  std::vector<const Column*> columns;
  for (const char* key : {"max_goodput_rate", "slo_attainment", "request_goodput", "transfer_p50",
                          "ttft_p50", "ttft_p99", "request_throughput"})
    if (const Column* column = find_column(report, key);
        column != nullptr && is_in_some_row(report, key))
      columns.push_back(column);
  if (columns.empty())
    for (const Column& column : report.columns) columns.push_back(&column);
  return columns;
}

}  // namespace splitbench
