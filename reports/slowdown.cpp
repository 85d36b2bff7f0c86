#include "reports/slowdown.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "reports/percentile.hpp"
#include "reports/student_t.hpp"

namespace splitbench {
namespace {

/// The requests that were measured together, and what was measured, in seconds.
using Measured = std::map<std::vector<std::uint64_t>, double>;
using Repeats = std::map<int, Measured>;

bool counts(const Timeline& t) {
  return !t.warmup && t.status == Status::ok;
}

Measured prefill_times(const RunRecord& run) {
  std::map<std::uint64_t, const Timeline*> jobs;
  std::map<std::uint64_t, std::vector<std::uint64_t>> requests;
  for (const Timeline& t : run.timelines) {
    if (!counts(t)) continue;
    jobs[t.transfer] = &t;
    requests[t.transfer].push_back(t.request.id);
  }
  Measured measured;
  for (const auto& [job, t] : jobs) {
    Time active{0};
    for (const Span& span : t->spans)
      if (span.stage == Stage::prefill_compute) active += span.end - span.begin;
    if (active > Time{0}) measured[requests[job]] = seconds(active);
  }
  return measured;
}

Time first_step_begin(const Timeline& t) {
  const auto step = std::ranges::find(t.spans, Stage::first_decode_step, &Span::stage);
  return step == t.spans.end() ? t.first_token : step->begin;
}

/// When a decode worker served a single request: [begin, end), in order.
std::vector<std::pair<Time, Time>> times_alone(const RunRecord& run, int decode_worker) {
  std::vector<std::pair<Time, int>> edges;  // +1 a request more, -1 one less; these first
  for (const Timeline& t : run.timelines) {
    if (t.status != Status::ok || t.decode_worker != decode_worker) continue;
    edges.emplace_back(first_step_begin(t), +1);
    edges.emplace_back(t.last_token, -1);
  }
  std::ranges::sort(edges);
  std::vector<std::pair<Time, Time>> alone;
  int generating = 0;
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    generating += edges[i].second;
    if (generating == 1) alone.emplace_back(edges[i].first, edges[i + 1].first);
  }
  return alone;
}

Measured token_times(const RunRecord& run) {
  std::map<int, std::vector<std::pair<Time, Time>>> alone;
  for (const Timeline& t : run.timelines)
    if (!alone.contains(t.decode_worker))
      alone[t.decode_worker] = times_alone(run, t.decode_worker);

  Measured measured;
  for (const Timeline& t : run.timelines) {
    if (!counts(t)) continue;
    const auto& times = alone[t.decode_worker];
    std::vector<double> gaps;
    Time token = t.first_token;
    for (const Time gap : t.token_gaps) {
      const auto after = std::ranges::upper_bound(times, token, {}, &std::pair<Time, Time>::first);
      if (after != times.begin() && token + gap <= std::prev(after)->second && gap > Time{0})
        gaps.push_back(seconds(gap));
      token += gap;
    }
    if (!gaps.empty()) measured[{t.request.id}] = mean(gaps);
  }
  return measured;
}

template <class Measure>
Repeats measure(std::span<const RunRecord> runs, const std::string& arm, Measure of_run) {
  Repeats repeats;
  for (const RunRecord& run : runs)
    if (run.arm == arm) repeats[run.repeat] = of_run(run);
  return repeats;
}

/// By what share each pair's time of the arm is longer than raw's.
std::vector<double> shares(const Repeats& raw, const Repeats& arm) {
  std::vector<double> longer;
  for (const auto& [repeat, measured] : arm) {
    const auto base = raw.find(repeat);
    if (base == raw.end()) continue;
    for (const auto& [requests, time] : measured)
      if (const auto same = base->second.find(requests); same != base->second.end())
        longer.push_back(time / same->second - 1);
  }
  return longer;
}

void add(std::map<std::string, double>& figures, const std::string& key,
         const std::vector<double>& samples) {
  if (samples.empty()) return;
  figures[key] = mean(samples);
  if (samples.size() < 2) return;
  const double degrees = static_cast<double>(samples.size() - 1);
  const double error_of_mean = standard_deviation(samples) / std::sqrt(degrees);
  figures[key + "_upper95"] = figures[key] + student_t(0.95, samples.size() - 1) * error_of_mean;
}

}  // namespace

std::map<std::string, double> slowdown(std::span<const RunRecord> runs, const std::string& arm) {
  std::map<std::string, double> figures;
  if (arm == "raw") return figures;
  const auto longer = [&](auto of_run) {
    return shares(measure(runs, "raw", of_run), measure(runs, arm, of_run));
  };
  add(figures, "prefill_slowdown", longer(prefill_times));
  add(figures, "decode_slowdown", longer(token_times));
  return figures;
}

}  // namespace splitbench
