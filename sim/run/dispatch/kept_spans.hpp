#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>

#include "workloads/timeline.hpp"

namespace splitbench {

/// Decides whose spans are kept: those of the first requests of a run, as many as a timeline.json
/// draws. The other timelines have the sums of theirs. Not thread-safe.
class KeptSpans {
 public:
  /// A drawing ends before the request with which it would have more than `most` spans.
  explicit KeptSpans(std::size_t most) : most_(most) {}

  /// Returns false if the request is too far behind to be drawn.
  bool wants(std::uint64_t request) const {
    return sum_ <= most_ || request <= kept_.rbegin()->first;
  }
  /// Takes account of a completed request, one of `batch` that share their transfer, and clears the
  /// spans of each timeline that is too far behind to be drawn. Timelines are indexed by request,
  /// and have their sums.
  void add(std::uint64_t request, std::size_t batch, std::span<Timeline> timelines);

 private:
  std::size_t most_;
  std::size_t sum_ = 0;
  std::map<std::uint64_t, std::size_t> kept_;  // request -> spans, its share of the transfer's
};

}  // namespace splitbench
