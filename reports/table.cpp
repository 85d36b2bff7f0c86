#include "reports/table.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>
#include <vector>

#include "reports/columns.hpp"
#include "reports/figure_text.hpp"
#include "reports/incident_text.hpp"
#include "reports/quantity_text.hpp"
#include "reports/relative.hpp"
#include "reports/stage_titles.hpp"
#include "reports/sweep_table.hpp"

namespace splitbench {
namespace {

/// A line of the table: one figure of every arm.
struct Line {
  std::string_view label;
  std::string key;
  bool drop_if_zero = false;  ///< left out where it is zero in all arms
};

struct Group {
  std::string_view title;
  std::vector<Line> lines;
  bool one_unit = false;  ///< its lines are parts of a whole and read against each other
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
        {"exposed in TTFT, mean", "exposed_transfer_mean"}}},
      {"time to first token",
       {{"mean", "ttft_mean"}, {"p50", "ttft_p50"}, {"p90", "ttft_p90"}, {"p99", "ttft_p99"}}},
      {"where TTFT went, mean", parts_of_ttft(), true},
      {"tokens after the first",
       {{"TPOT mean", "tpot_mean"},
        {"TPOT p99", "tpot_p99"},
        {"ITL p50", "itl_p50"},
        {"ITL p99", "itl_p99"},
        {"E2EL p50", "e2el_p50"},
        {"E2EL p99", "e2el_p99"}}},
      {"throughput",
       {{"highest within SLO", "max_goodput_rate"},
        {"requests", "request_throughput"},
        {"output tokens", "output_throughput"},
        {"requests within SLO", "request_goodput"},
        {"SLO attainment", "slo_attainment"}}},
      {"codec",
       {{"compression ratio", "compression_ratio"},
        {"escapes", "escape_rate"},
        {"raw KV", "raw_bytes"},
        {"on the wire", "wire_bytes"},
        {"break-even, serial", "break_even_serial"},
        {"break-even, pipelined", "break_even_pipelined"}}},
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

constexpr std::size_t kLabelWidth = 23;
constexpr std::size_t kUnitWidth = 7;
constexpr std::size_t kValueWidth = 10;
constexpr std::size_t kSpreadWidth = 8;  // with the space and the sign before it
constexpr std::size_t kGainWidth = 6;

/// The columns of a report that lines show, and the arm that the others are compared with.
struct Layout {
  const Report& report;
  const Row* base;  ///< null: no arm is raw
};

std::string end_line(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

std::string value_text(const Row& row, const Column& column, const FigureStyle& style) {
  const auto value = row.values.find(column.key);
  return value == row.values.end() ? "-" : figure_text(value->second, style);
}

std::string line_text(const Layout& layout, const Line& line, const Column& column,
                      const FigureStyle& style) {
  std::string text =
      fmt::format("  {:<{}}{:<{}}", line.label, kLabelWidth, style.scale.unit, kUnitWidth);
  for (const Row& row : layout.report.rows) {
    text += fmt::format("{:>{}} {:<{}}", value_text(row, column, style), kValueWidth,
                        spread_text(row, column, style), kSpreadWidth - 1);
    if (layout.base != nullptr && &row != layout.base)
      text += fmt::format("{:>{}}", gain_text(relative(column, *layout.base, row)), kGainWidth);
  }
  return end_line(std::move(text));
}

std::string group_text(const Layout& layout, const Group& group) {
  struct Shown {
    const Line* line;
    const Column* column;
    double largest;
  };
  std::vector<Shown> shown;
  for (const Line& line : group.lines) {
    const Column* column = find_column(layout.report, line.key);
    if (column == nullptr) continue;
    const double largest_value = largest_figure(layout.report, *column);
    if (line.drop_if_zero && largest_value == 0) continue;
    shown.push_back({&line, column, largest_value});
  }
  if (shown.empty()) return "";

  if (group.one_unit) {
    const double whole = std::ranges::max(shown, {}, &Shown::largest).largest;
    for (Shown& each : shown) each.largest = whole;
  }
  std::string text = fmt::format("\n{}\n", group.title);
  for (const Shown& each : shown)
    text += line_text(layout, *each.line, *each.column, style_for(each.largest, each.column->unit));
  return text;
}

std::string heading(const ReportMeta& meta) {
  const std::string bandwidth =
      meta.link_bandwidth ? quantity_text(*meta.link_bandwidth, "bit/s") : "changing bandwidth";
  std::string text =
      fmt::format("{} · {} · {}, {} · {} · {} time · seed {} · {}\n", meta.scenario, meta.model,
                  bandwidth, quantity_text(seconds(meta.link_latency), "s"), meta.backend,
                  meta.time, meta.seed, meta.valid ? "valid" : "NOT VALID");
  for (const std::string& warning : meta.warnings) text += fmt::format("  ! {}\n", warning);
  return text;
}

std::string arm_names(const Layout& layout) {
  std::string text(2 + kLabelWidth + kUnitWidth, ' ');
  for (const Row& row : layout.report.rows) {
    text += fmt::format("{:>{}}{:<{}}", row.axes.at("arm"), kValueWidth, "", kSpreadWidth);
    if (layout.base != nullptr && &row != layout.base)
      text += fmt::format("{:>{}}", "vs raw", kGainWidth);
  }
  return end_line(std::move(text));
}

/// A line for each thing that went wrong, and one for what was seen of it.
std::string incidents_text(const Report& report) {
  std::string text;
  for (const RunIncident& each : report.incidents) {
    text += fmt::format("{}  {}\n", text.empty() ? "\nfaults\n" : "", incident_text(each));
    if (!each.incident.seen.empty()) text += fmt::format("    {}\n", each.incident.seen);
  }
  return text;
}

std::string legend(const ReportMeta& meta, bool compared) {
  std::string text = meta.repeats > 1
                         ? fmt::format("\n± half the range of {} repeats", meta.repeats)
                         : "\none repeat: the noise is unknown";
  if (compared) text += "    1.25x better than raw, below 1 worse    ~ within the noise";
  text += fmt::format("\nverify {}", meta.verify);
  if (meta.verify_cost)
    text += fmt::format(", {} a transfer", quantity_text(seconds(*meta.verify_cost), "s"));
  if (!meta.transport.empty()) text += "\n" + meta.transport;
  return text + "\n";
}

}  // namespace

std::string to_table(const Report& report) {
  if (!report.axes.empty()) return to_sweep_table(report);
  const auto raw =
      std::ranges::find_if(report.rows, [](const Row& row) { return row.axes.at("arm") == "raw"; });
  const Layout layout{report, raw == report.rows.end() ? nullptr : &*raw};
  std::string text = heading(report.meta) + "\n" + arm_names(layout);
  for (const Group& group : groups()) text += group_text(layout, group);
  text += incidents_text(report);
  return text + legend(report.meta, layout.base != nullptr);
}

}  // namespace splitbench
