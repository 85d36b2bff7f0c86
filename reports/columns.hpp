#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/report.hpp"

namespace splitbench {

/// A latency. Each request that is ok gives one sample of it; for ttst and tpot only if it has more
/// than one token; for itl each token after the first gives one.
struct Latency {
  std::string_view key;
  std::string_view title;
};
inline constexpr std::array<Latency, 7> kLatencies = {{
    {"ttft", "TTFT"},
    {"ttst", "TTST"},
    {"transfer", "transfer"},
    {"exposed_transfer", "exposed transfer"},
    {"tpot", "TPOT"},
    {"itl", "ITL"},
    {"e2el", "E2EL"},
}};

struct Percentile {
  std::string_view key;
  double quantile;
};
inline constexpr std::array<Percentile, 6> kPercentiles = {{
    {"p50", 0.5},
    {"p75", 0.75},
    {"p90", 0.9},
    {"p95", 0.95},
    {"p99", 0.99},
    {"p99_9", 0.999},
}};

/// The title of a stage for people. Its key is that of kStageNames.
struct StageTitle {
  std::string_view key;
  std::string_view title;
};

/// The titles of all stages, in the order in which a request passes through them.
inline constexpr std::array<StageTitle, 12> kStageTitles = {{
    {"client_queue", "client queue"},
    {"prefill_queue", "prefill queue"},
    {"prefill_compute", "prefill compute"},
    {"encode", "encode"},
    {"xfer_prep", "transfer: prepare"},
    {"xfer_queue", "transfer: queue"},
    {"xfer_wire", "transfer: wire"},
    {"decode_codec", "decode (codec)"},
    {"verify", "verify"},
    {"kv_install", "KV install"},
    {"decode_queue", "decode queue"},
    {"first_decode_step", "first decode step"},
}};

/// Returns every column that a row may have a figure for, in the order in which files show them.
/// Among them are <latency>_mean, _std and each percentile; part_<stage>, the mean of each part of
/// TTFT; and stage_<stage>, the mean time that a stage was active for a request, hidden or not.
std::vector<Column> all_columns();

/// Returns the report's column with this key; null if there is none.
const Column* find_column(const Report& report, std::string_view key);

/// Returns whether a row has enough samples for this figure: a percentile above the median needs
/// one beyond it, so that p99 takes 100 requests. Any other figure needs none.
bool has_samples_for(const Row& row, std::string_view key);

/// Returns a row's figure as texts and pages show it: if the row has it, and samples enough for it.
std::optional<double> shown_figure(const Row& row, const std::string& key);
/// Returns the mark behind a figure that is shown: "!" if it is not valid, else an empty text.
std::string_view mark_of(const Row& row, const std::string& key);

/// Returns whether a row of the report has a figure with this key.
bool is_in_some_row(const Report& report, const std::string& key);

/// Returns whether a report is of a search for the highest rate within the SLOs. The other figures
/// of each arm are then those of a rate of its own.
bool is_search(const Report& report);

/// Returns the key of the break-even that holds for a row: break_even_serial if nothing overlapped
/// in its run, by its axis "pipeline" or else by the report, else break_even_pipelined.
std::string break_even_key(const ReportMeta& meta, const Row& row);

/// Returns whether tables and pages show a column: all but a break-even that holds for no row.
bool is_shown(const Report& report, const Column& column);

/// Returns the report's columns that a sweep is made for, as far as it has them; all columns if it
/// has none of those. The pointers lead into the report.
std::vector<const Column*> sweep_columns(const Report& report);

}  // namespace splitbench
