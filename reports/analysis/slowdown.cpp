#include "reports/analysis/slowdown.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "workloads/partition.hpp"
#include "workloads/statistics.hpp"

namespace splitbench {
namespace {

/// Returns the FNV-1a hash of some numbers, which are few.
std::uint64_t hash_of(const std::vector<std::uint64_t>& requests) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::uint64_t id : requests) hash = (hash ^ id) * 0x100000001b3;
  return hash;
}

bool counts(const Timeline& t) {
  return !t.warmup && t.status == Status::ok;
}

using Periods = std::vector<std::pair<Time, Time>>;  // [begin, end), in order

/// Returns the times in which each decode worker served a single request.
std::map<int, Periods> times_alone(const RunRecord& run) {
  // +1 at a request's begin, -1 at its end, sorted first
  std::map<int, std::vector<std::pair<Time, int>>> edges_of_workers;
  for (const Timeline& t : run.timelines) {
    if (t.status != Status::ok) continue;
    auto& edges = edges_of_workers[t.decode_worker];
    edges.emplace_back(first_step_begin(t).value_or(t.first_token), +1);
    edges.emplace_back(t.last_token, -1);
  }
  std::map<int, Periods> all;
  for (auto& [worker, edges] : edges_of_workers) {
    std::ranges::sort(edges);
    Periods& alone = all[worker];
    int generating = 0;
    for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
      generating += edges[i].second;
      if (generating == 1) alone.emplace_back(edges[i].first, edges[i + 1].first);
    }
  }
  return all;
}

void add_mean(std::map<std::string, double>& figures, const std::string& key,
              const std::vector<double>& samples) {
  if (samples.empty()) return;
  figures[key] = mean(samples);
  if (samples.size() < 2) return;
  figures[key + "_upper95"] = figures[key] + error_of_mean(samples, 0.95);
}

}  // namespace

Slowdown::Samples Slowdown::prefill_times(const RunRecord& run) {
  struct Job {
    std::vector<std::uint64_t> requests;  // ids, each followed by its cached tokens
    const Timeline* any = nullptr;
  };
  std::unordered_map<std::uint64_t, Job> jobs;
  for (const Timeline& t : run.timelines) {
    if (!counts(t)) continue;
    jobs[t.transfer].requests.push_back(t.request.id);
    jobs[t.transfer].requests.push_back(t.prefill_cached_tokens);
    jobs[t.transfer].any = &t;
  }
  Samples samples;
  for (const auto& [id, job] : jobs) {
    const Time active = active_time(*job.any, Stage::prefill_compute);
    if (active > Time{0}) samples.push_back({hash_of(job.requests), splitbench::seconds(active)});
  }
  std::ranges::sort(samples, {}, &Sample::requests);
  return samples;
}

Slowdown::Samples Slowdown::token_times(const RunRecord& run) {
  const std::map<int, Periods> alone = times_alone(run);
  Samples samples;
  for (const Timeline& t : run.timelines) {
    if (!counts(t)) continue;
    const Periods& times = alone.at(t.decode_worker);
    Time sum{0}, token = t.first_token;
    int gaps = 0;
    auto after = std::ranges::upper_bound(times, token, {}, &Periods::value_type::first);
    const bool begins_alone = after != times.begin() && std::prev(after)->second > token;
    if (!begins_alone && (after == times.end() || after->first >= t.last_token)) continue;
    for (const Time gap : t.token_gaps) {
      while (after != times.end() && after->first <= token) ++after;
      if (after != times.begin() && token + gap <= std::prev(after)->second && gap > Time{0})
        sum += gap, ++gaps;
      token += gap;
    }
    if (gaps > 0) samples.push_back({hash_of({t.request.id}), splitbench::seconds(sum) / gaps});
  }
  std::ranges::sort(samples, {}, &Sample::requests);
  return samples;
}

/// Returns, for each pair, the share by which the arm's time is longer than raw's.
std::vector<double> Slowdown::shares(const Repeats& raw, const Repeats& arm) {
  std::vector<double> longer;
  for (const auto& [repeat, samples] : arm) {
    const auto base = raw.find(repeat);
    if (base == raw.end()) continue;
    for (const Sample& sample : samples) {
      const auto same =
          std::ranges::lower_bound(base->second, sample.requests, {}, &Sample::requests);
      if (same != base->second.end() && same->requests == sample.requests)
        longer.push_back(sample.seconds / same->seconds - 1);
    }
  }
  return longer;
}

void Slowdown::add(const RunRecord& run) {
  prefill_[run.arm][run.repeat] = prefill_times(run);
  tokens_[run.arm][run.repeat] = token_times(run);
}

std::map<std::string, double> Slowdown::figures(const std::string& arm) const {
  std::map<std::string, double> figures;
  if (arm == "raw" || !prefill_.contains("raw") || !prefill_.contains(arm)) return figures;
  add_mean(figures, "prefill_slowdown", shares(prefill_.at("raw"), prefill_.at(arm)));
  add_mean(figures, "decode_slowdown", shares(tokens_.at("raw"), tokens_.at(arm)));
  return figures;
}

}  // namespace splitbench
