#include "reports/summarize.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include "reports/break_even.hpp"
#include "reports/columns.hpp"
#include "reports/percentile.hpp"
#include "reports/slowdown.hpp"
#include "reports/student_t.hpp"
#include "reports/validity.hpp"
#include "workloads/partition.hpp"

namespace splitbench {
namespace {

using Figures = std::map<std::string, double>;               // by Column::key
using Samples = std::map<std::string, std::vector<double>>;  // seconds, by latency or part

/// What one repeat of an arm left behind, as far as its row is made from it.
struct Repeat {
  Samples latencies;
  Samples parts;
  Figures rates;   // rates and ratios: averaged over repeats
  Figures totals;  // counts and bytes: summed over repeats
};

/// A single token has no time between tokens, and meets any bound on it.
bool meets(const Partition& times, const Slo& slo) {
  return (!slo.ttft || times.ttft <= *slo.ttft) &&
         (!slo.tpot || times.tpot.value_or(Time{0}) <= *slo.tpot) &&
         (!slo.e2el || times.e2el <= *slo.e2el);
}

void add_samples(Repeat& repeat, const Timeline& timeline, const Partition& times) {
  const auto add = [&repeat](const char* latency, Time time) {
    repeat.latencies[latency].push_back(seconds(time));
  };
  add("ttft", times.ttft);
  add("transfer", times.transfer);
  add("exposed_transfer", times.exposed_transfer);
  if (times.tpot) add("tpot", *times.tpot);
  for (const Time gap : timeline.token_gaps) add("itl", gap);
  add("e2el", times.e2el);
  for (std::size_t stage = 0; stage < kStages; ++stage)
    repeat.parts[fmt::format("part_{}", kStageNames[stage])].push_back(seconds(times.part[stage]));
}

void add_escape_rate(Figures& rates, const std::vector<Transfer>& transfers) {
  double elements = 0, escapes = 0;
  for (const Transfer& transfer : transfers) {
    if (transfer.warmup) continue;
    elements += static_cast<double>(transfer.elements);
    escapes += static_cast<double>(transfer.escapes);
  }
  if (elements > 0) rates["escape_rate"] = escapes / elements;
}

Repeat observe(const RunRecord& run, const Slo& slo) {
  Repeat repeat;
  std::array<double, kStatusNames.size()> requests{};  // by Status
  double good = 0, tokens = 0, raw = 0, wire = 0, retried = 0;
  Time first_arrival = Time::max(), last_token = Time::min();
  for (const Timeline& timeline : run.timelines) {
    if (timeline.warmup) continue;
    ++requests[static_cast<std::size_t>(timeline.status)];
    retried += timeline.retries > 0;
    if (timeline.status != Status::ok) continue;
    const Partition times = partition(timeline);
    add_samples(repeat, timeline, times);
    good += meets(times, slo);
    tokens += static_cast<double>(timeline.request.output_tokens);
    raw += static_cast<double>(timeline.raw_bytes);
    wire += static_cast<double>(timeline.wire_bytes);
    first_arrival = std::min(first_arrival, timeline.arrival);
    last_token = std::max(last_token, timeline.last_token);
  }
  const auto [ok, failed, cancelled, unfinished] = requests;
  repeat.totals = {{"requests", ok},           {"failed", failed},   {"cancelled", cancelled},
                   {"unfinished", unfinished}, {"retried", retried}, {"raw_bytes", raw},
                   {"wire_bytes", wire}};

  const bool has_slo = slo != Slo{};
  if (first_arrival < last_token) {
    const double duration = seconds(last_token - first_arrival);
    repeat.rates["request_throughput"] = ok / duration;
    repeat.rates["output_throughput"] = tokens / duration;
    if (has_slo) repeat.rates["request_goodput"] = good / duration;
  }
  if (const double measured = ok + failed + cancelled + unfinished; has_slo && measured > 0)
    repeat.rates["slo_attainment"] = good / measured;
  if (wire > 0) repeat.rates["compression_ratio"] = raw / wire;
  add_escape_rate(repeat.rates, run.transfers);
  return repeat;
}

Figures figures_of(const SelfCheck& check) {
  Figures figures = {{"intrusion", check.intrusion},
                     {"sender_intrusion", check.sender_intrusion},
                     {"receiver_intrusion", check.receiver_intrusion},
                     {"stage_inflation", check.stage_inflation},
                     {"link_rate_achieved", check.link_rate_achieved},
                     {"late_arrivals", check.late_arrivals},
                     {"lateness_p99", seconds(check.lateness_p99)},
                     {"clock_error", seconds(check.clock_error)}};
  std::erase_if(figures, [](const auto& figure) { return !std::isfinite(figure.second); });
  return figures;
}

Figures statistics(const Samples& latencies, const Samples& parts) {
  Figures figures;
  for (auto [latency, samples] : latencies) {
    std::ranges::sort(samples);
    figures[latency + "_mean"] = mean(samples);
    figures[latency + "_std"] = standard_deviation(samples);
    for (const Percentile& percentile : kPercentiles)
      figures[fmt::format("{}_{}", latency, percentile.key)] =
          quantile(samples, percentile.quantile);
  }
  for (const auto& [part, samples] : parts) figures[part] = mean(samples);
  return figures;
}

/// For every key, what each of several sets of figures says of it.
Samples collect(std::span<const Figures> sets) {
  Samples collected;
  for (const Figures& figures : sets)
    for (const auto& [key, value] : figures) collected[key].push_back(value);
  return collected;
}

void append(Samples& pool, const Samples& samples) {
  for (const auto& [key, more] : samples)
    pool[key].insert(pool[key].end(), more.begin(), more.end());
}

void add_averages(Row& row, std::span<const Figures> sets) {
  for (const auto& [key, samples] : collect(sets)) row.values[key] = mean(samples);
}

void add_spreads(Row& row, std::span<const Figures> sets) {
  for (const auto& [key, samples] : collect(sets)) {
    const auto [low, high] = std::ranges::minmax(samples);
    if (samples.size() < 2) continue;
    row.spread[key] = (high - low) / 2;
    const double degrees = static_cast<double>(samples.size() - 1);
    row.ci95[key] =
        student_t(0.975, samples.size() - 1) * standard_deviation(samples) / std::sqrt(degrees);
  }
}

Row summarize_arm(const std::string& arm, std::span<const Repeat> repeats,
                  std::span<const Figures> checks) {
  Row row;
  row.axes["arm"] = arm;
  std::vector<Figures> rates, own;  // own: all that has a spread, of each repeat for itself
  Samples latencies, parts;
  for (const Repeat& repeat : repeats) {
    rates.push_back(repeat.rates);
    own.push_back(repeat.rates);
    own.back().merge(statistics(repeat.latencies, repeat.parts));
    append(latencies, repeat.latencies);
    append(parts, repeat.parts);
    for (const auto& [key, value] : repeat.totals) row.values[key] += value;
  }
  row.values.merge(statistics(latencies, parts));
  add_averages(row, rates);
  add_averages(row, checks);
  add_spreads(row, own);
  add_spreads(row, checks);
  return row;
}

}  // namespace

Report summarize(const ReportMeta& meta, std::span<const RunRecord> runs,
                 std::span<const SelfCheck> checks) {
  std::vector<std::string> arms;
  std::map<std::string, std::vector<Repeat>> repeats;
  for (const RunRecord& run : runs) {
    if (!repeats.contains(run.arm)) arms.push_back(run.arm);
    repeats[run.arm].push_back(observe(run, meta.slo));
  }
  std::map<std::string, std::vector<Figures>> figures;
  for (const SelfCheck& check : checks) figures[check.arm].push_back(figures_of(check));

  Report report{.meta = meta, .columns = all_columns(), .rows = {}, .incidents = {}};
  for (const RunRecord& run : runs)
    for (const Incident& incident : run.incidents)
      report.incidents.push_back({run.arm, static_cast<std::uint64_t>(run.repeat), incident});
  for (const std::string& arm : arms) {
    Row row = summarize_arm(arm, repeats[arm], figures[arm]);
    row.values.merge(break_even(runs, arm));
    row.values.merge(slowdown(runs, arm));
    report.rows.push_back(std::move(row));
    report.meta.repeats = std::max<std::uint64_t>(report.meta.repeats, repeats[arm].size());
  }
  std::erase_if(report.columns, [&report](const Column& column) {
    return std::ranges::none_of(
        report.rows, [&column](const Row& row) { return row.values.contains(column.key); });
  });
  judge(report, runs, checks);
  return report;
}

}  // namespace splitbench
