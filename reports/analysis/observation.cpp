#include "reports/analysis/observation.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include "reports/analysis/series.hpp"
#include "workloads/partition.hpp"

namespace splitbench {
namespace {

constexpr std::array kQueues = {Stage::client_queue, Stage::prefill_queue, Stage::xfer_queue,
                                Stage::decode_queue};

constexpr std::size_t index_of(std::string_view latency) {
  return static_cast<std::size_t>(std::ranges::find(kLatencies, latency, &Latency::key) -
                                  kLatencies.begin());
}

constexpr std::size_t kItl = index_of("itl");

/// Returns whether a request meets the SLO. A single token has no time between tokens, and meets
/// any bound on it.
bool meets(const Partition& times, const Slo& slo) {
  return (!slo.ttft || times.ttft <= *slo.ttft) &&
         (!slo.tpot || times.tpot.value_or(Time{0}) <= *slo.tpot) &&
         (!slo.e2el || times.e2el <= *slo.e2el);
}

void add_samples(Observation& run, const Timeline& timeline, const Partition& times) {
  const auto add = [&run](std::size_t latency, Time time) {
    run.samples[latency].push_back(seconds(time));
    run.histograms[latency].add(time);
  };
  add(index_of("ttft"), times.ttft);
  if (times.ttst) add(index_of("ttst"), *times.ttst);
  add(index_of("transfer"), times.transfer);
  add(index_of("exposed_transfer"), times.exposed_transfer);
  if (times.tpot) add(index_of("tpot"), *times.tpot);
  add(index_of("e2el"), times.e2el);
  for (const Time gap : timeline.token_gaps) {
    run.itl.add(seconds(gap));
    run.histograms[kItl].add(gap);
  }
  for (std::size_t stage = 0; stage < kStages; ++stage)
    run.parts[stage].add(seconds(times.part[stage]));
  for (std::size_t stage = 0; stage < kActiveStages; ++stage)
    run.stages[stage].add(seconds(times.part[stage] + times.hidden[stage]));
}

/// Sorts the samples, which are in the order of requests, and adds the intervals of percentiles.
void sort_samples(Observation& run) {
  for (std::size_t latency = 0; latency < kLatencies.size(); ++latency) {
    std::vector<double>& samples = run.samples[latency];
    const std::vector<double> sequence = samples;
    std::ranges::sort(samples);
    for (const Percentile& percentile : kPercentiles)
      if (const std::optional<Interval> interval =
              quantile_interval(sequence, samples, percentile.quantile))
        run.intervals[fmt::format("{}_{}", kLatencies[latency].key, percentile.key)] = *interval;
  }
}

void add_waits(Waits& waits, const Timeline& timeline, const Partition& times) {
  waits.arrival.push_back(seconds(timeline.arrival));
  waits.ttft.push_back(seconds(times.ttft));
  for (const Stage queue : kQueues)
    waits.waiting += seconds(times.part[static_cast<std::size_t>(queue)]);
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

/// Adds how long the last shard of a cache came after the first, where there are several.
void add_shards_apart(Observation& observation, const std::vector<Transfer>& transfers) {
  Moments apart;
  double most = 0;
  for (const Transfer& transfer : transfers) {
    if (transfer.warmup) continue;
    apart.add(seconds(transfer.shards_apart));
    most = std::max(most, seconds(transfer.shards_apart));
  }
  if (most == 0) return;
  observation.rates["shards_apart_mean"] = apart.mean();
  observation.peaks["shards_apart_most"] = most;
}

/// The sums over the measured requests that are ok.
struct Totals {
  double good = 0, input_tokens = 0, output_tokens = 0, raw = 0, wire = 0, e2el = 0;
  Time first_arrival = Time::max(), last_arrival = Time::min(), last_token = Time::min();

  void add(const Timeline& timeline, const Partition& times, const Slo& slo) {
    good += meets(times, slo);
    input_tokens += static_cast<double>(timeline.request.prompt_tokens);
    output_tokens += static_cast<double>(timeline.request.output_tokens);
    raw += static_cast<double>(timeline.raw_bytes);
    wire += static_cast<double>(timeline.wire_bytes);
    e2el += seconds(times.e2el);
    first_arrival = std::min(first_arrival, timeline.arrival);
    last_arrival = std::max(last_arrival, timeline.arrival);
    last_token = std::max(last_token, timeline.last_token);
  }
};

void add_rates(Figures& rates, const Totals& totals, double ok, bool has_slo) {
  if (totals.first_arrival >= totals.last_token) return;
  const double duration = seconds(totals.last_token - totals.first_arrival);
  rates["duration"] = duration;
  rates["request_throughput"] = ok / duration;
  rates["output_throughput"] = totals.output_tokens / duration;
  rates["total_token_throughput"] = (totals.input_tokens + totals.output_tokens) / duration;
  rates["concurrency"] = totals.e2el / duration;
  if (has_slo) rates["request_goodput"] = totals.good / duration;
  if (totals.last_arrival > totals.first_arrival)
    rates["arrival_rate"] = (ok - 1) / seconds(totals.last_arrival - totals.first_arrival);
}

/// Adds how far the KV drifted, the best codebooks' ratio, the share of stored frames and the
/// number of codebook changes. Warm-up is left out, but not the changes in it.
void add_drift(Observation& observation, const RunRecord& run) {
  if (!watches_drift(run)) return;
  double requests = 0, drift = 0, raw = 0, stored = 0, comparable = 0, wire = 0, ideal = 0;
  for (const Timeline& timeline : run.timelines) {
    if (timeline.warmup || timeline.status != Status::ok) continue;
    requests += 1;
    drift += timeline.drift;
    raw += static_cast<double>(timeline.raw_bytes);
    stored += static_cast<double>(timeline.stored_bytes);
    if (timeline.ideal_bytes == 0) continue;
    comparable += static_cast<double>(timeline.raw_bytes);
    wire += static_cast<double>(timeline.wire_bytes);
    ideal += static_cast<double>(timeline.ideal_bytes);
  }
  if (requests > 0) observation.rates["drift"] = drift / requests;
  if (raw > 0) observation.rates["stored_share"] = stored / raw;
  if (ideal > 0) observation.rates["ideal_ratio"] = comparable / ideal;
  if (wire > 0) observation.rates["ratio_of_ideal"] = ideal / wire;

  std::map<std::pair<std::uint32_t, std::uint32_t>, double> by_scope;  // changes per worker, scope
  double most = 0;
  for (const CodebookChange& change : run.codebook_changes)
    most = std::max(most, ++by_scope[{change.prefill_worker, change.scope}]);
  observation.totals["codebook_changes"] = static_cast<double>(run.codebook_changes.size());
  observation.peaks["codebook_changes_most"] = most;
}

Figures of_sorted(std::string_view latency, std::span<const double> samples) {
  Figures figures;
  figures[fmt::format("{}_mean", latency)] = mean(samples);
  figures[fmt::format("{}_std", latency)] = standard_deviation(samples);
  for (const Percentile& percentile : kPercentiles)
    figures[fmt::format("{}_{}", latency, percentile.key)] = quantile(samples, percentile.quantile);
  return figures;
}

std::vector<double> merged(const std::vector<const Observation*>& runs, std::size_t latency) {
  std::vector<double> all;
  for (const Observation* run : runs) {
    const std::vector<double>& samples = run->samples[latency];
    const auto middle = static_cast<std::ptrdiff_t>(all.size());
    all.insert(all.end(), samples.begin(), samples.end());
    std::inplace_merge(all.begin(), all.begin() + middle, all.end());
  }
  return all;
}

Figures itl_statistics(const std::vector<const Observation*>& runs) {
  Moments moments;
  Histogram histogram;
  for (const Observation* run : runs) {
    moments.merge(run->itl);
    histogram.merge(run->histograms[kItl]);
  }
  if (moments.count == 0) return {};
  Figures figures = {{"itl_mean", moments.mean()}, {"itl_std", moments.standard_deviation()}};
  for (const Percentile& percentile : kPercentiles)
    figures[fmt::format("itl_{}", percentile.key)] = histogram.quantile(percentile.quantile);
  return figures;
}

template <std::size_t kCount>
void add_means(Figures& figures, std::string_view prefix,
               const std::vector<const Observation*>& runs,
               std::array<Moments, kCount> Observation::*member) {
  for (std::size_t stage = 0; stage < kCount; ++stage) {
    Moments moments;
    for (const Observation* run : runs) moments.merge((run->*member)[stage]);
    if (moments.count > 0)
      figures[fmt::format("{}_{}", prefix, kStageNames[stage])] = moments.mean();
  }
}

}  // namespace

Observation observe(const RunRecord& run, const Slo& slo) {
  Observation observation;
  std::array<double, kStatusNames.size()> requests{};  // indexed by Status
  double retried = 0;
  Totals totals;
  Waits waits;
  for (const Timeline& timeline : run.timelines) {
    if (timeline.warmup) continue;
    ++requests[static_cast<std::size_t>(timeline.status)];
    retried += timeline.retries > 0;
    if (timeline.status != Status::ok) continue;
    const Partition times = partition(timeline);
    add_samples(observation, timeline, times);
    add_waits(waits, timeline, times);
    totals.add(timeline, times, slo);
  }
  sort_samples(observation);
  if (!waits.ttft.empty()) observation.verdict = verdict_of(waits);

  const auto [ok, failed, cancelled, unfinished] = requests;
  observation.totals = {{"requests", ok},
                        {"failed", failed},
                        {"cancelled", cancelled},
                        {"unfinished", unfinished},
                        {"retried", retried},
                        {"input_tokens", totals.input_tokens},
                        {"output_tokens", totals.output_tokens},
                        {"raw_bytes", totals.raw},
                        {"wire_bytes", totals.wire}};
  const bool has_slo = slo != Slo{};
  add_rates(observation.rates, totals, ok, has_slo);
  if (const double measured = ok + failed + cancelled + unfinished; has_slo && measured > 0)
    observation.rates["slo_attainment"] = totals.good / measured;
  if (totals.wire > 0) observation.rates["compression_ratio"] = totals.raw / totals.wire;
  add_escape_rate(observation.rates, run.transfers);
  add_shards_apart(observation, run.transfers);
  add_drift(observation, run);
  return observation;
}

Figures statistics(const std::vector<const Observation*>& runs) {
  Figures figures = itl_statistics(runs);
  for (std::size_t latency = 0; latency < kLatencies.size(); ++latency)
    if (const std::vector<double> samples = merged(runs, latency); !samples.empty())
      figures.merge(of_sorted(kLatencies[latency].key, samples));
  add_means(figures, "part", runs, &Observation::parts);
  add_means(figures, "stage", runs, &Observation::stages);
  return figures;
}

}  // namespace splitbench
