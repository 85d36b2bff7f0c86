#include "reports/text/figure_groups.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "reports/columns.hpp"
#include "reports/text/stage_titles.hpp"

namespace splitbench {
namespace {

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
        {"best codebooks' ratio", "ideal_ratio"},
        {"  of it reached", "ratio_of_ideal"},
        {"escapes", "escape_rate"},
        {"stored", "stored_share"},
        {"drift, mean", "drift"},
        {"codebook changes", "codebook_changes", true},
        {"  of one scope, most", "codebook_changes_most", true},
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

ShownGroup shown_group(const Report& report, const Group& group) {
  ShownGroup shown{group.title, {}};
  std::vector<double> sizes;
  for (const Line& line : group.lines) {
    const Column* column = find_column(report, line.key);
    if (column == nullptr) continue;
    const double size = largest_figure(report, *column);
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
