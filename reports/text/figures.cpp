#include "reports/text/figures.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include "reports/columns.hpp"
#include "reports/quantity_text.hpp"
#include "workloads/decimal_text.hpp"

namespace splitbench {
namespace {

bool has_unit(const Axis& axis) {
  const auto is_number = [](const Axis::Value& value) { return value.number.has_value(); };
  return !axis.unit.empty() && axis.unit != "count" && axis.unit != "ratio" &&
         std::ranges::all_of(axis.values, is_number);
}

struct Line {
  std::string_view label;
  std::string key;
  bool drop_if_zero = false;  ///< left out if it is zero in all arms
};

struct Group {
  std::string_view title;
  std::vector<Line> lines;
  bool one_unit = false;  ///< all lines in one unit, as parts of a whole
};

std::vector<Line> parts_of_ttft() {
  std::vector<Line> lines;
  for (const auto& [key, title] : kStageTitles)
    lines.push_back({title, fmt::format("part_{}", key), true});
  return lines;
}

const std::vector<Group>& groups() {
  static const std::vector<Group> kGroups = {
      {"requests",
       {{"ok", "requests"},
        {"failed", "failed", true},
        {"cancelled", "cancelled", true},
        {"unfinished", "unfinished", true},
        {"sent again", "retried", true}}},
      {"transfer",
       {{"mean", "transfer_mean"},
        {"p50", "transfer_p50"},
        {"p90", "transfer_p90"},
        {"p99", "transfer_p99"},
        {"exposed in TTFT, mean", "exposed_transfer_mean"},
        {"first to last shard", "shards_apart_mean", true},
        {"  the most", "shards_apart_most", true}}},
      {"time to first token",
       {{"mean", "ttft_mean"}, {"p50", "ttft_p50"}, {"p90", "ttft_p90"}, {"p99", "ttft_p99"}}},
      {"where TTFT went, mean", parts_of_ttft(), true},
      {"tokens after the first",
       {{"TTST p50", "ttst_p50"},
        {"TTST p99", "ttst_p99"},
        {"TPOT mean", "tpot_mean"},
        {"TPOT p99", "tpot_p99"},
        {"ITL p50", "itl_p50"},
        {"ITL p99", "itl_p99"},
        {"E2EL p50", "e2el_p50"},
        {"E2EL p99", "e2el_p99"}}},
      {"throughput",
       {{"highest within SLO", "max_goodput_rate"},
        {"at any low rate", "attainment_plateau"},
        {"requests", "request_throughput"},
        {"output tokens", "output_throughput"},
        {"requests within SLO", "request_goodput"},
        {"SLO attainment", "slo_attainment"}}},
      {"codec",
       {{"compression ratio", "compression_ratio"},
        {"best codebooks' ratio", "ideal_ratio"},
        {"  of it reached", "ratio_of_ideal"},
        {"escapes", "escape_rate"},
        {"stored", "stored_share"},
        {"drift, mean", "drift"},
        {"codebook changes", "codebook_changes", true},
        {"  of one scope, most", "codebook_changes_most", true},
        {"raw KV", "raw_bytes"},
        {"on the wire", "wire_bytes"},
        {"link in use", "link_utilisation"},
        {"  of the busiest NIC", "nic_utilisation"},
        {"break-even, predicted", "break_even_serial"},
        {"break-even, predicted", "break_even_pipelined"}}},
      {"cost to compute",
       {{"prefill slower by", "prefill_slowdown", true},
        {"  at most (95%)", "prefill_slowdown_upper95", true},
        {"decode slower by", "decode_slowdown", true},
        {"  at most (95%)", "decode_slowdown_upper95", true}}},
      {"self-checks",
       {{"link rate achieved", "link_rate_achieved"},
        {"intrusion", "intrusion"},
        {"  of senders", "sender_intrusion"},
        {"  of receivers", "receiver_intrusion"},
        {"stage inflation", "stage_inflation"},
        {"late arrivals", "late_arrivals"},
        {"lateness p99", "lateness_p99"},
        {"clock error", "clock_error"}}},
  };
  return kGroups;
}

ShownGroup shown_group(const Report& report, const Group& group) {
  ShownGroup shown{group.title, {}};
  std::vector<double> sizes;
  for (const Line& line : group.lines) {
    const Column* column = find_column(report, line.key);
    if (column == nullptr || !is_shown(report, *column)) continue;
    const double size = largest_figure(report, *column);
    if (line.drop_if_zero && size == 0) continue;
    const auto has_samples = [&](const Row& row) { return has_samples_for(row, line.key); };
    if (std::ranges::none_of(report.rows, has_samples)) continue;
    shown.figures.push_back({line.label, *column, {}});
    sizes.push_back(size);
  }
  for (std::size_t i = 0; i < sizes.size(); ++i)
    shown.figures[i].style = style_for(group.one_unit ? std::ranges::max(sizes) : sizes[i],
                                       shown.figures[i].column.unit);
  return shown;
}

}  // namespace

std::string few_samples_text(const Report& report) {
  std::vector<std::string> needs;
  double fewest = std::numeric_limits<double>::infinity();
  for (const Percentile& percentile : kPercentiles) {
    const std::string key = fmt::format("ttft_{}", percentile.key);
    const bool shown = std::ranges::any_of(groups(), [&](const Group& group) {
      return std::ranges::any_of(group.lines, [&](const auto& line) { return line.key == key; });
    });
    if (!shown || find_column(report, key) == nullptr) continue;
    bool left_out = false;
    for (const Row& row : report.rows) {
      if (!row.values.contains(key) || has_samples_for(row, key)) continue;
      left_out = true;
      fewest = std::min(fewest, row.values.at("requests"));
    }
    if (left_out)
      needs.push_back(fmt::format("{} of fewer than {:.0f}", percentile.key,
                                  std::ceil(1 / (1 - percentile.quantile) - 1e-6)));
  }
  if (needs.empty()) return "";
  return fmt::format("Left out: {} requests. There are {:.0f}.", fmt::join(needs, ", "), fewest);
}

FigureStyle style_for(double largest, std::string_view base_unit) {
  const Scale scale = scale_for(largest, base_unit);
  const double shown = largest * scale.factor;
  if (base_unit == "count" || shown == 0) return {scale, 0};
  return {scale, shown < 10 ? 3 : shown < 100 ? 2 : shown < 1000 ? 1 : 0};
}

FigureStyle style_for(const Report& report, const Column& column) {
  return style_for(largest_figure(report, column), column.unit);
}

double largest_figure(const Report& report, const Column& column) {
  double largest = 0;
  for (const Row& row : report.rows)
    if (const auto value = row.values.find(column.key); value != row.values.end())
      largest = std::max(largest, std::abs(value->second));
  return largest;
}

std::string figure_text(double value, const FigureStyle& style) {
  return value == 0 ? "0" : decimal_text(value * style.scale.factor, style.decimals);
}

std::string value_text(const Row& row, const Column& column, const FigureStyle& style) {
  const std::optional<double> value = shown_figure(row, column.key);
  return value ? fmt::format("{}{}", figure_text(*value, style), mark_of(row, column.key)) : "-";
}

std::string interval_text(const Row& row, const Column& column, const FigureStyle& style) {
  // Earlier versions kept the gap of the search there, which is no confidence interval.
  if (!shown_figure(row, column.key) || column.key == "max_goodput_rate") return "";
  double half = 0;
  if (const auto error = row.ci95.find(column.key); error != row.ci95.end())
    half = error->second;
  else if (const auto ends = row.quantile_ci95.find(column.key); ends != row.quantile_ci95.end())
    half = (ends->second.high - ends->second.low) / 2;
  const std::string text = figure_text(half, style);
  return text.find_first_not_of("0.") == std::string::npos ? "" : text;
}

AxisText axis_text(const Axis& axis) {
  AxisText result;
  if (!has_unit(axis)) {
    for (const Axis::Value& value : axis.values) result.labels.push_back(value.text);
    return result;
  }
  double smallest = 0;
  for (const Axis::Value& value : axis.values)
    if (*value.number > 0 && (smallest == 0 || *value.number < smallest)) smallest = *value.number;
  const Scale scale = scale_for(smallest, axis.unit);
  result.unit = scale.unit;
  result.factor = scale.factor;
  for (const Axis::Value& value : axis.values)
    result.labels.push_back(fmt::format("{:.6g}", *value.number * scale.factor));
  return result;
}

std::vector<ShownGroup> shown_groups(const Report& report) {
  std::vector<ShownGroup> shown;
  for (const Group& group : groups()) shown.push_back(shown_group(report, group));
  std::erase_if(shown, [](const ShownGroup& group) { return group.figures.empty(); });
  return shown;
}

}  // namespace splitbench
