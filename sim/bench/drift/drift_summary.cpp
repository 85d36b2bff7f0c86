#include "sim/bench/drift/drift_summary.hpp"

#include <algorithm>

#include "reports/text/answer.hpp"

namespace splitbench {
namespace {

/// The rows of one kind and case, by step.
using Track = std::vector<const DriftRow*>;

std::vector<Track> tracks_of(std::span<const DriftRow> rows) {
  std::vector<Track> tracks;
  for (const DriftRow& row : rows) {
    const auto found = std::ranges::find_if(tracks, [&row](const Track& track) {
      return track.front()->kind == row.kind && track.front()->of == row.of;
    });
    found == tracks.end() ? tracks.push_back({&row}) : found->push_back(&row);
  }
  return tracks;
}

DriftSeries series_of(const Track& track) {
  const DriftCase& of = track.front()->of;
  DriftSeries series{.axes = {{"arm", "splitzip"},
                              {"kind", track.front()->kind},
                              {"policy", std::string(kDriftPolicyNames[of.policy])},
                              {"scope", std::string(kCodebookScopeNames[of.scope])}},
                     .points = {},
                     .changes = {}};
  std::uint64_t changes = 0;
  for (const DriftRow* row : track) {
    DriftSeries::Point point;
    point.request = row->step;
    point.drift = row->drift;
    point.ratio = row->ratio;
    point.ideal_ratio = row->oracle_ratio;
    point.escape_rate = row->escape_rate;
    series.points.push_back(point);
    if (row->changes > changes) series.changes.push_back({row->step, row->changes - changes});
    changes = row->changes;
  }
  return series;
}

std::optional<std::uint64_t> back_after(const DriftSeries& series) {
  const auto back = back_at(series);
  if (!back) return std::nullopt;
  const auto drifted = std::ranges::find_if(
      series.points, [](const DriftSeries::Point& point) { return point.drift > 0; });
  return drifted == series.points.end() || *back < drifted->request ? 0 : *back - drifted->request;
}

std::optional<double> drift_below(const Track& track, double ratio) {
  const auto found =
      std::ranges::find_if(track, [ratio](const DriftRow* row) { return row->ratio < ratio; });
  return found == track.end() ? std::nullopt : std::optional((*found)->drift);
}

DriftSummary summary_of(const Track& track) {
  const DriftRow& last = *track.back();
  DriftSummary summary{.kind = last.kind,
                       .of = last.of,
                       .lowest_ratio = last.ratio,
                       .last_ratio = last.ratio,
                       .last_of_best = last.ratio / last.oracle_ratio,
                       .back_after = back_after(series_of(track)),
                       .most_changes = last.changes_most,
                       .below_1_1 = drift_below(track, 1.1),
                       .below_1 = drift_below(track, 1)};
  double bytes = 0, encoding = 0, decoding = 0;
  for (const DriftRow* row : track) {
    summary.lowest_ratio = std::min(summary.lowest_ratio, row->ratio);
    summary.escape_rate += row->escape_rate / static_cast<double>(track.size());
    summary.stored_share += row->stored_share / static_cast<double>(track.size());
    bytes += static_cast<double>(row->raw_bytes);
    encoding += row->encode_seconds;
    decoding += row->decode_seconds;
  }
  summary.worst_expansion = std::max(0.0, 1 / summary.lowest_ratio - 1);
  summary.encode_bytes_per_s = bytes / encoding;
  summary.decode_bytes_per_s = bytes / decoding;
  return summary;
}

}  // namespace

std::vector<DriftSummary> summarize_drift(std::span<const DriftRow> rows) {
  std::vector<DriftSummary> summaries;
  for (const Track& track : tracks_of(rows)) summaries.push_back(summary_of(track));
  for (DriftSummary& summary : summaries) {
    const auto fixed = std::ranges::find_if(summaries, [&summary](const DriftSummary& other) {
      return other.kind == summary.kind && other.of.scope == summary.of.scope &&
             other.of.policy == DriftPolicy::fixed;
    });
    if (fixed != summaries.end())
      summary.encode_of_fixed = summary.encode_bytes_per_s / fixed->encode_bytes_per_s;
  }
  return summaries;
}

std::vector<DriftSeries> drift_series(std::span<const DriftRow> rows) {
  std::vector<DriftSeries> all;
  for (const Track& track : tracks_of(rows)) all.push_back(series_of(track));
  return all;
}

}  // namespace splitbench
