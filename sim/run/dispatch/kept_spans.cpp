#include "sim/run/dispatch/kept_spans.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

namespace splitbench {
namespace {

void clear(Timeline& timeline) {
  std::vector<Span>().swap(timeline.spans);
}

}  // namespace

void KeptSpans::add(std::uint64_t request, std::size_t batch, std::span<Timeline> timelines) {
  Timeline& timeline = timelines[request];
  if (timeline.warmup) return clear(timeline);  // warm-up is never drawn
  const auto drawn = static_cast<std::size_t>(std::ranges::count_if(
      timeline.spans, [](const Span& span) { return span.stage != Stage::xfer_queue; }));
  sum_ += kept_[request] = drawn / batch;
  while (!kept_.empty()) {
    const auto last = std::prev(kept_.end());
    if (sum_ - last->second <= most_) return;  // what comes before it leaves room for it
    sum_ -= last->second;
    clear(timelines[last->first]);
    kept_.erase(last);
  }
}

}  // namespace splitbench
