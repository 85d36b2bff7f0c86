#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <tuple>
#include <vector>

#include "workloads/timeline.hpp"

namespace splitbench {

/// A stage of one worker. Lanes are ordered as a viewer shows them: prefill workers first, a
/// worker's stages in the order in which KV passes them.
struct TraceLane {
  bool decode;
  int worker;
  std::size_t row;

  auto operator<=>(const TraceLane&) const = default;
  Stage stage() const;
};

/// A span as it is drawn, once for all requests that it served.
struct TraceSlice {
  Span span;
  std::uint64_t transfer;
  /// Requests that it served; for a stage of a transfer only the first measured one.
  std::vector<std::uint64_t> requests;
};

/// The spans that one run has to draw, taken over request by request. Warm-up, and requests that
/// are not ok, are left out.
class TraceSlices {
 public:
  /// Holds pointers into the run, which must outlive it.
  explicit TraceSlices(const RunRecord& run);

  std::size_t left() const { return requests_.size() - drawn_; }
  /// Returns the number of spans that the next request adds, at most. Needs left() > 0.
  std::size_t next_spans() const;
  /// Takes over the next request. Needs left() > 0.
  void take_next();

  std::span<const Timeline* const> requests() const { return std::span(requests_).first(drawn_); }
  const std::set<std::uint64_t>& transfers() const { return transfers_; }
  const std::map<TraceLane, std::vector<TraceSlice>>& lanes() const { return lanes_; }

 private:
  void take_step(const TraceLane& lane, const Span& span, const Timeline& timeline);

  std::vector<const Timeline*> requests_;  // sorted by id
  std::size_t drawn_ = 0;
  std::set<std::uint64_t> transfers_;
  std::map<TraceLane, std::vector<TraceSlice>> lanes_;
  std::map<std::tuple<int, Time, Time>, std::size_t> steps_;  // indices in lanes
};

/// Returns for each slice the number, from 0, of a thread on which it overlaps no other: the first
/// that is free when it begins. Sorts the slices by time.
std::vector<std::size_t> spread_over_threads(std::vector<TraceSlice>& slices);

}  // namespace splitbench
