#include "sim/run/dispatch/invariants.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

namespace splitbench {
namespace {

void hold(bool fact, const RunRecord& run, const char* what, std::uint64_t id, const char* law) {
  if (!fact)
    throw BrokenInvariant(
        fmt::format("{} {} of arm {}, repeat {}: {}", what, id, run.arm, run.repeat, law));
}

}  // namespace

void check_invariants(const RunRecord& run) {
  std::vector<int> carried(run.timelines.size());
  for (const Transfer& t : run.transfers) {
    std::uint64_t raw = 0, wire = 0, escapes = 0;
    for (const std::uint64_t id : t.requests) {
      const Timeline& request = run.timelines.at(id);
      ++carried[id];
      raw += request.raw_bytes;
      wire += request.wire_bytes;
      escapes += request.escapes;
    }
    hold(raw == t.raw_bytes && wire == t.wire_bytes && escapes == t.escapes, run, "transfer", t.id,
         "its bytes are not those of its requests");
    hold(t.ready <= t.start && t.start < t.end && t.end <= t.applied, run, "transfer", t.id,
         "its moments are not in order");
  }
  for (const Timeline& t : run.timelines) {
    const std::uint64_t id = t.request.id;
    hold(carried.at(id) == (t.status == Status::ok ? 1 : 0), run, "request", id,
         "it is not in exactly one transfer when ok, and in none when not");
    if (t.status != Status::ok) {
      hold(!t.failure.empty(), run, "request", id, "it is not ok and does not say why");
      continue;
    }
    hold(t.arrival <= t.dispatched && t.dispatched <= t.prefill_begin &&
             t.prefill_begin <= t.first_token && t.first_token <= t.last_token,
         run, "request", id, "its moments are not in order");
    hold(std::ranges::all_of(t.spans, [](const Span& s) { return s.begin <= s.end; }) &&
             (!t.sums || t.sums->in_order),
         run, "request", id, "one of its stages ended before it began");
    for (const std::uint64_t before : t.request.after)
      hold(run.timelines.at(before).status != Status::ok ||
               t.arrival >= run.timelines[before].last_token + t.request.delay,
           run, "request", id, "it came before those that it waits for had ended");
    hold(t.token_gaps.size() + 1 == t.request.output_tokens, run, "request", id,
         "it has not as many tokens as were asked for");
  }
}

}  // namespace splitbench
