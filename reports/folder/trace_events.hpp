#pragma once
#include <cstddef>
#include <span>
#include <string>

#include "reports/report.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// The most events drawn by default.
inline constexpr std::size_t kMaxTraceEvents = 200'000;

/// Returns timeline.json: the first repeat of each arm in the Trace Event format, which Perfetto
/// and chrome://tracing show. Other repeats in `runs` are ignored. An arm is a process; a stage of
/// a worker is a thread. Viewers drop spans of one thread that overlap without nesting, so a stage
/// that overlaps itself gets further threads: the wire does, whose next chunk departs while the
/// last one is still under way.
///
/// Each span is one complete event, drawn once however many requests of a batch share it. Requests
/// (arrival, first token, last token) and transfers (first pack to last install) are asynchronous
/// events beside them. Waiting for the wire (xfer_queue) is not drawn: it is the gap before it.
///
/// Only measured requests that are ok are drawn. If they make more than `max_events`, all arms end
/// after the same number of requests. otherData says how many requests were left out: those, and
/// `left_out` more, which the caller did not pass. Times are in microseconds.
std::string to_trace_events(const ReportMeta& meta, std::span<const RunRecord> runs,
                            std::size_t left_out = 0, std::size_t max_events = kMaxTraceEvents);

}  // namespace splitbench
