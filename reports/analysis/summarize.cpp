#include "reports/analysis/summarize.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "reports/analysis/arm_comparison.hpp"
#include "reports/analysis/series.hpp"
#include "reports/columns.hpp"
#include "workloads/statistics.hpp"

namespace splitbench {
namespace {

/// Returns that of encode or of decode: one that is unknown, or whichever is further from 0.
const Estimate& worse_inflation(const SelfCheck& check) {
  const auto& [encode, decode] = std::pair(check.encode_inflation, check.decode_inflation);
  const bool encode_is_worse =
      std::isnan(encode.value) || std::abs(encode.value) > std::abs(decode.value);
  return encode_is_worse ? check.encode_inflation : check.decode_inflation;
}

/// Adds the intervals of an arm's inflation, which is the same in the checks of all its runs.
void add_inflation_errors(Row& row, const SelfCheck& check) {
  for (const auto& [key, inflation] : {std::pair("stage_inflation", worse_inflation(check)),
                                       {"encode_inflation", check.encode_inflation},
                                       {"decode_inflation", check.decode_inflation}})
    if (std::isfinite(inflation.error)) row.ci95[key] = inflation.error;
}

Figures figures_of(const SelfCheck& check) {
  Figures figures = {{"intrusion", check.intrusion},
                     {"intrusion_time", check.intrusion_time},
                     {"sender_intrusion", check.sender_intrusion},
                     {"receiver_intrusion", check.receiver_intrusion},
                     {"stage_inflation", worse_inflation(check).value},
                     {"encode_inflation", check.encode_inflation.value},
                     {"decode_inflation", check.decode_inflation.value},
                     {"link_rate_achieved", check.link_rate_achieved},
                     {"late_arrivals", check.late_arrivals},
                     {"lateness_p99", seconds(check.lateness_p99)},
                     {"clock_error", seconds(check.clock_error)},
                     {"other_load", check.other_load},
                     {"stolen", check.stolen}};
  std::erase_if(figures, [](const auto& figure) { return !std::isfinite(figure.second); });
  return figures;
}

/// Returns, for every key, its values in several sets of figures.
std::map<std::string, std::vector<double>> collect(std::span<const Figures> sets) {
  std::map<std::string, std::vector<double>> collected;
  for (const Figures& figures : sets)
    for (const auto& [key, value] : figures) collected[key].push_back(value);
  return collected;
}

void add_averages(Row& row, std::span<const Figures> sets) {
  for (const auto& [key, samples] : collect(sets)) row.values[key] = mean(samples);
}

void add_spreads(Row& row, std::span<const Figures> sets) {
  for (const auto& [key, samples] : collect(sets)) {
    const auto [low, high] = std::ranges::minmax(samples);
    if (samples.size() < 2) continue;
    row.spread[key] = (high - low) / 2;
    row.ci95[key] = error_of_mean(samples, 0.975);
  }
}

/// Adds the repeats' own figures, by which arms are compared.
void add_repeats(Row& row, std::span<const Figures> repeats, const std::vector<Column>& columns) {
  if (repeats.size() < 2) return;
  std::map<std::string, std::vector<double>> all = collect(repeats);
  for (const Column& column : columns) {
    if (column.better == Better::neither) continue;
    const auto own = all.find(column.key);
    if (own != all.end() && own->second.size() == repeats.size())
      row.repeats[column.key] = std::move(own->second);
  }
}

Row row_of(const std::string& arm, const std::vector<Observation>& repeats,
           std::span<const Figures> checks) {
  Row row;
  row.axes["arm"] = arm;
  std::vector<Figures> rates, own;  // own: the figures of each repeat that have a spread
  std::vector<const Observation*> all;
  std::vector<Verdict> verdicts;
  for (const Observation& repeat : repeats) {
    all.push_back(&repeat);
    rates.push_back(repeat.rates);
    own.push_back(repeat.rates);
    own.back().merge(statistics({&repeat}));
    if (repeat.verdict) verdicts.push_back(*repeat.verdict);
    for (const auto& [key, value] : repeat.totals) row.values[key] += value;
    for (const auto& [key, value] : repeat.peaks)
      row.values[key] = std::max(row.values[key], value);
  }
  if (!verdicts.empty()) row.verdict = kVerdictNames[upper_median(std::move(verdicts))];
  row.values.merge(statistics(all));
  add_averages(row, rates);
  add_averages(row, checks);
  add_spreads(row, own);
  add_spreads(row, checks);
  add_repeats(row, own, all_columns());
  if (repeats.size() == 1) row.quantile_ci95 = repeats.front().intervals;
  return row;
}

std::map<std::string, Histogram> histograms_of(const std::vector<Observation>& repeats) {
  std::map<std::string, Histogram> histograms;
  for (std::size_t latency = 0; latency < kLatencies.size(); ++latency) {
    Histogram all;
    for (const Observation& repeat : repeats) all.merge(repeat.histograms[latency]);
    if (all.count() > 0) histograms[std::string(kLatencies[latency].key)] = std::move(all);
  }
  return histograms;
}

}  // namespace

Summarizer::Arm& Summarizer::arm(const std::string& name) {
  const auto found = std::ranges::find(arms_, name, &Arm::name);
  if (found != arms_.end()) return *found;
  return arms_.emplace_back(Arm{
      .name = name, .repeats = {}, .stage_times = {}, .link_use = {}, .series = {}, .drift = {}});
}

const StageTimes& Summarizer::stage_times_of_raw() const {
  static const StageTimes kNone;
  const auto raw = std::ranges::find(arms_, "raw", &Arm::name);
  return raw == arms_.end() ? kNone : raw->stage_times;
}

void Summarizer::add(const RunRecord& run) {
  Arm& arm = this->arm(run.arm);
  if (arm.repeats.empty()) arm.series = series_of(run);
  if (arm.repeats.empty()) arm.drift = drift_series_of(run);
  arm.repeats.push_back(observe(run, slo_));
  arm.stage_times.add(run);
  arm.link_use.add(run);
  outcomes_[run.arm].add(run);
  slowdown_.add(run);
  competing_ = competing_ || transfers_compete(run);
  for (const Incident& incident : run.incidents)
    incidents_.push_back({run.arm, static_cast<std::uint64_t>(run.repeat), incident});
}

Report Summarizer::report(const ReportMeta& meta, std::span<const SelfCheck> checks) const {
  std::map<std::string, std::vector<Figures>> figures;
  for (const SelfCheck& check : checks) figures[check.arm].push_back(figures_of(check));

  Report report;
  report.meta = meta;
  report.columns = all_columns();
  report.incidents = incidents_;
  for (const Arm& arm : arms_) {
    Row row = row_of(arm.name, arm.repeats, figures[arm.name]);
    if (!meta.random && meta.time == "virtual") row.quantile_ci95.clear();
    if (const auto check = std::ranges::find(checks, arm.name, &SelfCheck::arm);
        check != checks.end())
      add_inflation_errors(row, *check);
    if (is_codec_arm(arm.name)) row.values.merge(break_even(stage_times_of_raw(), arm.stage_times));
    row.values.merge(slowdown_.figures(arm.name));
    row.values.merge(arm.link_use.figures(meta));
    report.rows.push_back(std::move(row));
    report.histograms[arm.name] = histograms_of(arm.repeats);
    report.series[arm.name] = arm.series;
    if (arm.drift) report.drift.push_back(*arm.drift);
    report.meta.repeats = std::max<std::uint64_t>(report.meta.repeats, arm.repeats.size());
  }
  std::erase_if(report.columns, [&report](const Column& column) {
    return std::ranges::none_of(
        report.rows, [&column](const Row& row) { return row.values.contains(column.key); });
  });
  judge(report, outcomes_, competing_, checks);
  return report;
}

Report summarize(const ReportMeta& meta, std::span<const RunRecord> runs,
                 std::span<const SelfCheck> checks) {
  Summarizer summarizer(meta.slo);
  for (const RunRecord& run : runs) summarizer.add(run);
  return summarizer.report(meta, checks);
}

}  // namespace splitbench
