#include "reports/folder/trace_slices.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace splitbench {
namespace {

/// The stages of prefill workers, then those of decode workers. Waiting is not included: no worker
/// works on it.
constexpr std::array kRows = {Stage::prefill_compute, Stage::encode,           Stage::xfer_prep,
                              Stage::xfer_wire,       Stage::kv_install,       Stage::decode_codec,
                              Stage::verify,          Stage::first_decode_step};
constexpr std::size_t kPrefillRows = 4;

TraceLane lane_of(Stage stage, const Timeline& t) {
  const auto row = static_cast<std::size_t>(std::ranges::find(kRows, stage) - kRows.begin());
  const bool decode = row >= kPrefillRows;
  return {decode, decode ? t.decode_worker : t.prefill_worker, row};
}

/// Returns whether a span belongs to a single request. The requests of a batch share their
/// transfer, but each has its own first step.
bool is_of_request(const Span& span) {
  return span.stage == Stage::first_decode_step;
}

}  // namespace

Stage TraceLane::stage() const {
  return kRows[row];
}

TraceSlices::TraceSlices(const RunRecord& run) {
  for (const Timeline& t : run.timelines)
    if (!t.warmup && t.status == Status::ok) requests_.push_back(&t);
  std::ranges::sort(requests_, {}, [](const Timeline* t) { return t->request.id; });
}

std::size_t TraceSlices::next_spans() const {
  const Timeline& t = *requests_[drawn_];
  const bool is_new = !transfers_.contains(t.transfer);
  return static_cast<std::size_t>(std::ranges::count_if(t.spans, [&](const Span& span) {
    return span.stage != Stage::xfer_queue && (is_new || is_of_request(span));
  }));
}

void TraceSlices::take_next() {
  const Timeline& t = *requests_[drawn_++];
  const bool is_new = transfers_.insert(t.transfer).second;
  for (const Span& span : t.spans) {
    if (span.stage == Stage::xfer_queue) continue;
    const TraceLane lane = lane_of(span.stage, t);
    if (is_of_request(span))
      take_step(lane, span, t);
    else if (is_new)
      lanes_[lane].push_back({span, t.transfer, {t.request.id}});
  }
}

void TraceSlices::take_step(const TraceLane& lane, const Span& span, const Timeline& t) {
  std::vector<TraceSlice>& slices = lanes_[lane];
  const auto [place, is_new] =
      steps_.try_emplace({t.decode_worker, span.begin, span.end}, slices.size());
  if (is_new) slices.push_back({span, t.transfer, {}});
  slices[place->second].requests.push_back(t.request.id);
}

std::vector<std::size_t> spread_over_threads(std::vector<TraceSlice>& slices) {
  std::ranges::stable_sort(slices, {}, [](const TraceSlice& slice) {
    return std::pair(slice.span.begin, slice.span.end);
  });
  std::vector<std::size_t> threads;
  std::vector<Time> free_since;  // indexed by thread
  for (const TraceSlice& slice : slices) {
    const auto place =
        std::ranges::find_if(free_since, [&](Time since) { return since <= slice.span.begin; });
    const auto thread = static_cast<std::size_t>(place - free_since.begin());
    if (place == free_since.end()) free_since.emplace_back();
    free_since[thread] = slice.span.end;
    threads.push_back(thread);
  }
  return threads;
}

}  // namespace splitbench
