#include "sim/bench/link/link_bench_rows.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "configs/reader/quantity.hpp"
#include "reports/quantity_text.hpp"
#include "workloads/decimal_text.hpp"
#include "workloads/json_text.hpp"
#include "workloads/statistics.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kMayBeInvalid = 0.02;  // share of the transfers

double count(Time time) {
  return static_cast<double>(time.count());
}

/// Returns the time from the first offer to the last chunk handed on, over all flows.
Time duration(std::span<const FlowStamps> flows) {
  const Time offered = std::ranges::min(flows, {}, &FlowStamps::offered).offered;
  return std::ranges::max(flows, {}, &FlowStamps::handed_on).handed_on - offered;
}

/// Returns the largest deviation of a flow's rate from an equal share of the ideal rate, as a share
/// of it.
double worst_share(const LinkBenchCase& bench, std::span<const FlowStamps> flows) {
  const double ideal = count(bench.ideal() - bench.link.latency);
  double worst = 0;
  for (const FlowStamps& flow : flows) {
    const double took = count(flow.handed_on - flow.offered - bench.link.latency);
    worst = std::max(worst, std::abs(ideal / took - 1));
  }
  return worst;
}

std::string_view shaped_by(const LinkBenchCase& bench) {
  if (bench.shaped()) return "link";
  return bench.paced() ? "pacing" : "nobody";
}

/// Returns the row's JSON, whose first keys are a contract.
Json to_json(const LinkBenchRow& row, const WireOptions& wire) {
  const LinkBenchCase& bench = row.bench;
  Json json;
  json["transport"] = "tcp";
  json["bandwidth"] = bench.rate;
  json["bytes"] = bench.bytes;
  json["flows"] = bench.flows;
  json["ideal_ns"] = bench.ideal().count();
  json["median_error_ns"] = std::llround(row.median_error);
  json["p99_error_ns"] = std::llround(row.p99_error);
  json["n"] = bench.repeats;
  json["valid"] = row.valid;
  json["min_error_ns"] = std::llround(row.min_error);
  json["invalid_transfers"] = row.invalid_transfers;
  json["share_error"] = nullptr;
  if (row.share_error) json["share_error"] = *row.share_error;
  json["achieved"] = row.achieved;
  json["shaped_by"] = shaped_by(bench);
  json["latency_ns"] = bench.link.latency.count();
  json["streams"] = wire.transport.streams;
  json["payload_hash"] = wire.transport.payload_hash;
  json["bulk_threads"] = wire.bulk_threads;
  json["shaping"] = wire.transport.shaping == Shaping::sender ? "sender" : "receiver";
  json["spin_ns"] = bench.spin.count();
  json["chunk_bytes"] = kBenchChunk;
  return json;
}

std::string size_text(std::uint64_t bytes) {
  if (bytes % (1 << 20) == 0) return fmt::format("{} MiB", bytes >> 20);
  if (bytes % (1 << 10) == 0) return fmt::format("{} KiB", bytes >> 10);
  return fmt::format("{} B", bytes);
}

/// Returns an error in microseconds and as a share of the ideal; without an ideal there is no
/// error.
std::string error_text(const LinkBenchCase& bench, double nanoseconds) {
  if (bench.rate >= kUnshaped) return "-";
  const double share = nanoseconds / static_cast<double>(bench.ideal().count());
  return fmt::format("{} µs {:>9}%", signed_decimal_text(nanoseconds / 1e3, 1),
                     signed_decimal_text(100 * share, 4));
}

std::string valid_text(const LinkBenchRow& row) {
  if (!row.bench.shaped()) return fmt::format("by {}", shaped_by(row.bench));
  return fmt::format("{}, {} late", row.valid ? "yes" : "no", row.invalid_transfers);
}

}  // namespace

LinkBenchRow summarize_transfers(const LinkBenchCase& bench, std::span<const FlowStamps> stamps) {
  LinkBenchRow row{.bench = bench};
  std::vector<double> errors, shares;
  for (std::size_t at = 0; at < stamps.size(); at += bench.flows) {
    const auto flows = stamps.subspan(at, bench.flows);
    errors.push_back(count(duration(flows) - bench.ideal()));
    shares.push_back(worst_share(bench, flows));
    if (std::ranges::any_of(flows, [](const auto& f) { return f.late_chunks > 0; }))
      ++row.invalid_transfers;
  }
  std::ranges::sort(errors);
  row.median_error = quantile(errors, 0.5);
  row.p99_error = quantile(errors, 0.99);
  row.min_error = errors.front();
  row.achieved = 8e9 * static_cast<double>(bench.bytes) * bench.flows /
                 (count(bench.ideal() - bench.link.latency) + row.median_error);
  if (bench.flows > 1) row.share_error = median(shares);
  row.valid = row.invalid_transfers <= kMayBeInvalid * static_cast<double>(errors.size());
  return row;
}

std::string link_bench_table(const std::vector<LinkBenchRow>& rows) {
  constexpr std::string_view kRow =
      "{:<9} {:>12} {:>8} {:>5} {:>10} | {:>22} {:>22} {:>12} {:>6} {:>5} | {}\n";
  std::string text = fmt::format(kRow, "transport", "bandwidth", "bytes", "flows", "ideal",
                                 "median error", "p99 error", "achieved", "share", "n", "valid");
  for (const LinkBenchRow& row : rows) {
    const LinkBenchCase& bench = row.bench;
    text += fmt::format(kRow, "tcp",
                        bench.rate < kUnshaped ? format_bandwidth(bench.rate) : "unlimited",
                        size_text(bench.bytes), bench.flows,
                        bench.rate < kUnshaped
                            ? quantity_text(static_cast<double>(bench.ideal().count()) / 1e9, "s")
                            : "-",
                        error_text(bench, row.median_error), error_text(bench, row.p99_error),
                        quantity_text(row.achieved, "bit/s"),
                        row.share_error ? fmt::format("{:.2f}%", 100 * *row.share_error) : "-",
                        bench.repeats, valid_text(row));
  }
  return text +
         "errors: behind the ideal, and as a share of it; share: how far the worst flow is from an "
         "equal one;\nlate: transfers with a chunk that landed behind the moment that the link "
         "named\n";
}

std::string link_bench_json(const std::vector<LinkBenchRow>& rows, const WireOptions& wire) {
  Json json;
  json["rows"] = Json::array();
  for (const LinkBenchRow& row : rows) json["rows"].push_back(to_json(row, wire));
  return json_lines(json);
}

}  // namespace splitbench
