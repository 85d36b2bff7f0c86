#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "reports/report.hpp"

namespace splitbench {

/// A latency of which every request (of itl: every token after the first) gives a sample.
struct Latency {
  std::string_view key;
  std::string_view title;
};
inline constexpr std::array<Latency, 6> kLatencies = {{
    {"ttft", "TTFT"},
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

/// What people read for a stage, whose key is that of kStageNames.
struct StageTitle {
  std::string_view key;
  std::string_view title;
};

/// In the order in which a request comes through them.
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

/// Every column that a row may have a figure for, in the order in which files show them:
/// <latency>_mean, _std and each percentile, the mean of each part of TTFT as part_<stage>, the
/// mean time that a stage was active for a request as stage_<stage>, hidden or not, and the rest.
std::vector<Column> all_columns();

/// Null where the report has no such figure.
const Column* find_column(const Report& report, std::string_view key);

/// Of a sweep the figures that it is made for, as far as the report has them; all, if none.
std::vector<const Column*> sweep_columns(const Report& report);

}  // namespace splitbench
