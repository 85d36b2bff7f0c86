#include "workloads/partition.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace splitbench {
namespace {

constexpr std::array kTransferStages = {Stage::xfer_wire, Stage::encode,     Stage::decode_codec,
                                        Stage::verify,    Stage::kv_install, Stage::xfer_prep,
                                        Stage::xfer_queue};

constexpr std::size_t index(Stage stage) {
  return static_cast<std::size_t>(stage);
}

/// A moment at which a stage becomes active once more (+1) or once less (-1); 0 only marks the
/// moment.
struct Edge {
  Time at;
  Stage stage;
  int change;
};

std::vector<Edge> edges_in_order(const Timeline& timeline) {
  std::vector<Edge> edges;
  for (const Time mark :
       {timeline.arrival, timeline.dispatched, timeline.prefill_begin, timeline.first_token})
    edges.push_back({mark, Stage::prefill_compute, 0});
  for (const Span& span : timeline.spans) {
    assert(index(span.stage) < kActiveStages && span.begin <= span.end);
    edges.push_back({span.begin, span.stage, +1});
    edges.push_back({span.end, span.stage, -1});
  }
  std::ranges::sort(edges, {}, &Edge::at);
  return edges;
}

Stage waiting_stage(const Timeline& timeline, Time now) {
  if (now < timeline.dispatched) return Stage::client_queue;
  if (now < timeline.prefill_begin) return Stage::prefill_queue;
  return Stage::decode_queue;
}

}  // namespace

Partition partition(const Timeline& timeline) {
  assert(timeline.status == Status::ok && timeline.arrival <= timeline.first_token &&
         timeline.first_token <= timeline.last_token);
  Partition result;
  result.ttft = timeline.first_token - timeline.arrival;
  result.e2el = timeline.last_token - timeline.arrival;
  if (timeline.request.output_tokens > 1 && !timeline.token_gaps.empty())
    result.ttst = result.ttft + timeline.token_gaps.front();
  if (const auto gaps = static_cast<Time::rep>(timeline.request.output_tokens) - 1; gaps > 0)
    result.tpot = (result.e2el - result.ttft + Time(gaps / 2)) / gaps;

  const std::vector<Edge> edges = edges_in_order(timeline);
  std::array<int, kActiveStages> active{};
  bool begun = false;  // true once the transfer has begun: waiting to be encoded is not part of it
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    const Time now = edges[i].at;
    const Time length = edges[i + 1].at - now;  // nothing changes in between
    active[index(edges[i].stage)] += edges[i].change;
    if (length == Time{0}) continue;

    const auto is_active = [&](Stage stage) { return active[index(stage)] > 0; };
    begun = begun || std::ranges::any_of(kTransferStages, [&](Stage stage) {
              return stage != Stage::xfer_queue && is_active(stage);
            });
    if (begun && std::ranges::any_of(kTransferStages, is_active)) result.transfer += length;
    if (now < timeline.arrival || now >= timeline.first_token) continue;

    const auto first = std::ranges::find_if(active, [](int spans) { return spans > 0; });
    const std::size_t charged = first == active.end()
                                    ? index(waiting_stage(timeline, now))
                                    : static_cast<std::size_t>(first - active.begin());
    result.part[charged] += length;
    if (begun && std::ranges::count(kTransferStages, static_cast<Stage>(charged)) > 0)
      result.exposed_transfer += length;
    for (std::size_t stage = 0; stage < kActiveStages; ++stage)
      if (active[stage] > 0 && stage != charged) result.hidden[stage] += length;
  }
  assert(std::accumulate(result.part.begin(), result.part.end(), Time{0}) == result.ttft);
  return result;
}

}  // namespace splitbench
