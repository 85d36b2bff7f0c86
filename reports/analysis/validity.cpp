#include "reports/analysis/validity.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

namespace splitbench {
namespace {

/// The statuses that are not ok, the worst first: it is the status of a row that has several.
constexpr std::array kNotOk = {Status::failed, Status::cancelled, Status::unfinished};

void warn_of_requests(Report& report, Row& row, const Outcome& outcome) {
  row.status = kStatusNames[Status::ok];
  for (const Status status : kNotOk) {
    if (outcome.count(status) == 0) continue;
    if (row.status == kStatusNames[Status::ok]) row.status = kStatusNames[status];
    if (status != Status::cancelled) report.meta.valid = false;
    report.meta.warnings.push_back(
        fmt::format("{}: {} of {} requests {}, first {}", row.axes.at("arm"), outcome.count(status),
                    outcome.all(), kStatusNames[status], outcome.first(status)));
  }
}

void reject(Report& report, std::string_view arm, std::string warning) {
  report.meta.valid = false;
  report.meta.warnings.push_back(std::move(warning));
  for (Row& row : report.rows)
    if (row.axes.at("arm") == arm) row.status = "invalid";
}

void judge_check(Report& report, const SelfCheck& check) {
  if (!(std::abs(check.intrusion) <= kMaxIntrusion))  // so that NaN does not pass
    reject(report, check.arm,
           fmt::format("{}: intrusion {:.2f}%, valid within ±{:.0f}%", check.arm,
                       100 * check.intrusion, 100 * kMaxIntrusion));
  if (!check.loaded && !(check.stage_inflation <= kMaxStageInflation))
    reject(report, check.arm,
           fmt::format("{}: stage_inflation {:.1f}%, valid up to {:.0f}%", check.arm,
                       100 * check.stage_inflation, 100 * kMaxStageInflation));
  if (check.late_arrivals > kMaxLateArrivals)
    reject(report, check.arm,
           fmt::format("{}: {:.1f}% of chunks landed later than the wire had them there, valid up "
                       "to {:.0f}%: this machine is too slow for it",
                       check.arm, 100 * check.late_arrivals, 100 * kMaxLateArrivals));
}

/// The bits of an element, raw and coded without an escape (codec/FORMAT.md).
struct ElementBits {
  std::string_view kv_dtype;
  int raw, coded;
};
constexpr std::array kElementBits = {ElementBits{"bf16", 16, 12}, ElementBits{"fp8_e5m2", 8, 7},
                                     ElementBits{"fp8_e4m3", 8, 7}};

/// Warns if splitzip's median transfer is shorter than raw's by more than its elements are, which
/// only competing transfers could explain.
void check_speed_up(Report& report) {
  const auto bits = std::ranges::find(kElementBits, report.meta.kv_dtype, &ElementBits::kv_dtype);
  if (bits == kElementBits.end()) return;
  const double limit = static_cast<double>(bits->raw) / bits->coded;
  const auto median = [&report](std::string_view arm) -> std::optional<double> {
    for (const Row& row : report.rows)
      if (row.axes.at("arm") == arm && row.values.contains("transfer_p50"))
        return row.values.at("transfer_p50");
    return std::nullopt;
  };
  const std::optional<double> raw = median("raw");
  const std::optional<double> splitzip = median("splitzip");
  if (raw && splitzip && *raw > limit * *splitzip)
    report.meta.warnings.push_back(
        fmt::format("splitzip: transfer_p50 is {:.3f}x better than raw, {} in {} bits cannot pass "
                    "{:.3f}x: a measurement bug",
                    *raw / *splitzip, bits->kv_dtype, bits->coded, limit));
}

}  // namespace

void Outcome::add(const RunRecord& run) {
  for (const Timeline& timeline : run.timelines) {
    if (timeline.warmup) continue;
    Count& count = counts_[static_cast<std::size_t>(timeline.status)];
    if (++count.requests == 1)
      count.first = fmt::format("request {} of repeat {}{}{}", timeline.request.id, timeline.repeat,
                                timeline.failure.empty() ? "" : ": ", timeline.failure);
  }
}

std::uint64_t Outcome::all() const {
  std::uint64_t all = 0;
  for (const Count& count : counts_) all += count.requests;
  return all;
}

bool transfers_compete(const RunRecord& run) {
  std::vector<std::pair<Time, Time>> times;
  for (const Transfer& transfer : run.transfers)
    times.emplace_back(transfer.ready, transfer.applied);
  std::ranges::sort(times);
  const auto overlap = [](const auto& a, const auto& b) { return b.first < a.second; };
  return std::ranges::adjacent_find(times, overlap) != times.end();
}

void judge(Report& report, const std::map<std::string, Outcome>& outcomes, bool competing,
           std::span<const SelfCheck> checks) {
  for (Row& row : report.rows) warn_of_requests(report, row, outcomes.at(row.axes.at("arm")));
  for (const SelfCheck& check : checks) judge_check(report, check);
  if (report.meta.gpu_shared) {
    report.meta.valid = false;
    report.meta.warnings.push_back(
        "prefill and decode worker took turns on one GPU: no overlap was measured");
    for (Row& row : report.rows) row.status = "invalid";
  }
  if (!competing) check_speed_up(report);
}

}  // namespace splitbench
