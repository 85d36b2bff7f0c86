#include "reports/figure_groups.hpp"

#include <algorithm>
#include <cmath>

namespace splitbench {
namespace {

struct Line {
  std::string_view label;
  std::string_view key;
  bool drop_if_zero = false;  ///< left out where it is zero in all arms
};

struct Group {
  std::string_view title;
  std::vector<Line> lines;
  bool one_unit = false;  ///< its lines are parts of a whole and read against each other
};

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
      {"where TTFT went, mean",
       {{"client queue", "part_client_queue", true},
        {"prefill queue", "part_prefill_queue", true},
        {"prefill compute", "part_prefill_compute", true},
        {"encode", "part_encode", true},
        {"transfer: prepare", "part_xfer_prep", true},
        {"transfer: queue", "part_xfer_queue", true},
        {"transfer: wire", "part_xfer_wire", true},
        {"decode (codec)", "part_decode_codec", true},
        {"verify", "part_verify", true},
        {"KV install", "part_kv_install", true},
        {"decode queue", "part_decode_queue", true},
        {"first decode step", "part_first_decode_step", true}},
       true},
      {"tokens after the first",
       {{"TPOT mean", "tpot_mean"},
        {"TPOT p99", "tpot_p99"},
        {"ITL p50", "itl_p50"},
        {"ITL p99", "itl_p99"},
        {"E2EL p50", "e2el_p50"},
        {"E2EL p99", "e2el_p99"}}},
      {"throughput",
       {{"requests", "request_throughput"},
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

double largest(const Report& report, const Column& column) {
  double result = 0;
  for (const Row& row : report.rows)
    if (const auto value = row.values.find(column.key); value != row.values.end())
      result = std::max(result, std::abs(value->second));
  return result;
}

ShownGroup shown_group(const Report& report, const Group& group) {
  ShownGroup shown{group.title, {}};
  std::vector<double> sizes;
  for (const Line& line : group.lines) {
    const auto column = std::ranges::find(report.columns, line.key, &Column::key);
    if (column == report.columns.end()) continue;
    const double size = largest(report, *column);
    if (line.drop_if_zero && size == 0) continue;
    shown.figures.push_back({line.label, *column, {}});
    sizes.push_back(size);
  }
  for (std::size_t i = 0; i < sizes.size(); ++i)
    shown.figures[i].style = style_for(group.one_unit ? std::ranges::max(sizes) : sizes[i],
                                       shown.figures[i].column.unit);
  return shown;
}

}  // namespace

std::vector<ShownGroup> shown_groups(const Report& report) {
  std::vector<ShownGroup> shown;
  for (const Group& group : groups()) shown.push_back(shown_group(report, group));
  std::erase_if(shown, [](const ShownGroup& group) { return group.figures.empty(); });
  return shown;
}

}  // namespace splitbench
