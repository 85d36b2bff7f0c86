#pragma once
#include <optional>
#include <span>

#include "workloads/timeline.hpp"

namespace splitbench {

/// Charges each instant from arrival to first token to exactly one stage: of the active ones, to
/// the first in the order of Stage; if none is active, to the queue before the next one, which is
/// client_queue until the request was dispatched, prefill_queue until a prefill worker took it up,
/// and decode_queue after that. Spans may overlap, repeat, and reach past arrival and first token.
/// Needs a timeline whose status is ok. Where the timeline has its sums, they hold the partition;
/// else it takes O(n) of its spans where those of each stage are in order, and O(n log n) if not.
Partition partition(const Timeline& timeline);

/// Spans on a clock that shows `epoch` at the start of the run.
struct SpansSince {
  std::span<const Span> spans;
  Time epoch{0};
};

/// Returns the sums of a completed request's spans, which are all of these; those of the timeline
/// itself do not count.
SpanSums sums_of_spans(const Timeline& timeline, std::span<const SpansSince> spans);
/// Returns the sums of the timeline's own spans, of which it must have all.
SpanSums sums_of_spans(const Timeline& timeline);

/// Returns the lengths of all spans of a stage together, from the sums where the timeline has them.
Time active_time(const Timeline& timeline, Stage stage);
/// Returns when the first decode step began; nothing if no span tells.
std::optional<Time> first_step_begin(const Timeline& timeline);

}  // namespace splitbench
