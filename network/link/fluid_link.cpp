#include "network/link/fluid_link.hpp"

#include <algorithm>
#include <cassert>
#include <functional>
#include <numeric>

namespace splitbench {

FluidLink::FluidLink(const LinkSpec& spec, std::uint32_t senders, std::uint32_t receivers)
    : wire_(make_wire(spec, senders, receivers)),
      limits_(nic_limits(spec, senders, receivers)),
      flows_(std::size_t{senders} * receivers),
      at_nic_(std::size_t{senders} + receivers),
      nic_rate_(wire_.rate_at(0)),
      place_of_nic_(at_nic_.size()),
      visit_of_nic_(at_nic_.size()) {}

void FluidLink::offer_ahead(Time ready, Turn turn, FlowId id, std::uint64_t bytes) {
  const std::uint32_t flow = id.sender * wire_.receivers + id.receiver;
  Flow& f = flows_[flow];
  assert(bytes > 0 && ready.count() >= now_);
  assert(f.chunks.empty() || ready.count() >= f.chunks.back().ready);
  f.chunks.push_back({bytes, ready.count(), turn});
  if (f.chunks.size() > 1) return;
  if (ready.count() == now_)
    begin_flow(flow);
  else
    begin_when_ready(flow);
}

void FluidLink::abandon(Time now, FlowId id) {
  serve_until(now.count());
  const std::uint32_t flow = id.sender * wire_.receivers + id.receiver;
  Flow& f = flows_[flow];
  if (f.chunks.empty()) return;
  f.gone += f.chunks.size();
  f.chunks.clear();
  if (f.place == kNowhere) {
    std::erase_if(starts_, [flow](const Start& start) { return start.flow == flow; });
    std::ranges::make_heap(starts_, std::greater());
    return;
  }
  const bool for_all = bears_on_all(active_.size());
  end_flow(flow);
  share_again(flow, for_all);
}

void FluidLink::serve_events(std::int64_t until) {
  for (std::int64_t at; (at = next_event().count()) <= until;) {
    go_on_to(at);
    if (!active_.empty()) serve_ends();
    while (!starts_.empty() && starts_.front().at == at) {
      const std::uint32_t flow = starts_.front().flow;
      drop_first(starts_);
      begin_flow(flow);
    }
  }
}

void FluidLink::serve_ends() {
  over_.clear();  // flows that are not active any more
  bool ended = false;
  while (!ends_.empty() && ends_.front().at == now_) {
    const End first = ends_.front();
    drop_first(ends_);
    if (flows_[first.flow].end != now_) continue;
    end_first_chunk(first.flow);
    ended = true;
  }
  const bool for_all = bears_on_all(active_.size());
  for (const std::uint32_t flow : over_) end_flow(flow);
  if (now_ == nic_rate_.until || (ended && wire_.discipline == Discipline::fifo)) {
    nic_rate_ = wire_.rate_at(now_);
    sharers_ = active_;
    for (const std::uint32_t flow : active_)  // of the chunks that are next, others may go first
      if (flows_[flow].begun >= now_) flows_[flow].begun = kNever;
    set_rates();
  } else {
    for (const std::uint32_t flow : over_) share_again(flow, for_all);
  }
  for (const std::uint32_t flow : over_)
    if (!flows_[flow].chunks.empty()) begin_when_ready(flow);
}

void FluidLink::end_first_chunk(std::uint32_t flow) {
  Flow& f = flows_[flow];
  const Chunk chunk = f.chunks.take_front();
  const std::int64_t delay = wire_.latency + jitter_of(wire_.seed, flow, f.gone, wire_.jitter);
  f.arrival = std::max(f.arrival, f.end + delay);
  ended_.push_back({{flow / wire_.receivers, flow % wire_.receivers},
                    {.ready = Time(chunk.ready),
                     .start = Time(std::max(chunk.ready, f.begun)),
                     .end = Time(f.end),
                     .arrival = Time(f.arrival)}});
  f.begun = std::exchange(f.end, kNever);
  ++f.gone;
  if (f.chunks.empty() || f.chunks.front().ready >= f.begun) return over_.push_back(flow);
  f.left += LinkTable::kUnitsPerByte * f.chunks.front().bytes;
  set_end(flow);
}

void FluidLink::set_end(std::uint32_t flow) {
  Flow& f = flows_[flow];
  std::int64_t end = f.rate == 0 ? kNever : f.since + nanoseconds_to_serve(f.left, f.rate);
  if (end >= LinkTable::kEndOfTime) end = kNever;
  if (std::exchange(f.end, end) == end || end == kNever) return;
  add(ends_, End{end, flow});
}

void FluidLink::begin_when_ready(std::uint32_t flow) {
  const Chunk& first = flows_[flow].chunks.front();
  add(starts_, Start{first.ready, first.turn, flow});
}

void FluidLink::begin_flow(std::uint32_t flow) {
  Flow& f = flows_[flow];
  f.place = static_cast<std::uint32_t>(active_.size());
  f.begun = kNever;
  f.since = now_;
  f.rate = 0;
  f.left = LinkTable::kUnitsPerByte * f.chunks.front().bytes;
  f.end = kNever;
  active_.push_back(flow);
  for (const std::uint32_t nic : nics(flow)) at_nic_[nic].push_back(flow);
  share_again(flow, bears_on_all(active_.size()));
}

void FluidLink::end_flow(std::uint32_t flow) {
  flows_[flow].end = kNever;
  flows_[active_.back()].place = flows_[flow].place;
  active_[flows_[flow].place] = active_.back();
  active_.pop_back();
  flows_[flow].place = kNowhere;
  for (const std::uint32_t nic : nics(flow)) std::erase(at_nic_[nic], flow);
}

bool FluidLink::bears_on_all(std::size_t flows) const {
  return wire_.discipline == Discipline::fifo || wire_.spine / flows < nic_rate_.bandwidth;
}

void FluidLink::share_again(std::uint32_t flow, bool for_all) {
  if (for_all)
    sharers_ = active_;
  else
    find_sharers(flow);
  set_rates();
}

void FluidLink::find_sharers(std::uint32_t flow) {
  ++visit_;
  sharers_.clear();
  const auto visit_nics_of = [&](std::uint32_t found) {
    for (const std::uint32_t nic : nics(found)) {
      if (std::exchange(visit_of_nic_[nic], visit_) == visit_) continue;
      for (const std::uint32_t sharer : at_nic_[nic])
        if (std::exchange(flows_[sharer].visit, visit_) != visit_) sharers_.push_back(sharer);
    }
  };
  visit_nics_of(flow);
  for (std::size_t i = 0; i < sharers_.size(); ++i) visit_nics_of(sharers_[i]);
}

/// Gives the flows in sharers_ their rates from now_ on.
void FluidLink::set_rates() {
  if (sharers_.empty()) return;
  if (sharers_.size() == 1) {
    std::uint64_t rate = wire_.spine;
    for (const std::uint32_t nic : nics(sharers_.front()))
      rate = std::min({rate, limits_[nic], nic_rate_.bandwidth});
    return set_rate(sharers_.front(), rate);
  }
  const bool in_order = wire_.discipline == Discipline::fifo;
  if (in_order)  // whose first chunk was offered first goes first
    std::ranges::sort(sharers_, {}, [&](std::uint32_t f) {
      const Chunk& first = flows_[f].chunks.front();
      return std::pair(first.ready, first.turn);
    });

  capacities_.assign(1, wire_.spine);
  routes_.clear();
  ++visit_;
  for (const std::uint32_t flow : sharers_) {
    Route route{};
    std::size_t passed = 0;
    for (const std::uint32_t nic : nics(flow)) {
      if (std::exchange(visit_of_nic_[nic], visit_) != visit_) {
        place_of_nic_[nic] = static_cast<std::uint32_t>(capacities_.size());
        capacities_.push_back(std::min(limits_[nic], nic_rate_.bandwidth));
      }
      route[passed++] = place_of_nic_[nic];
    }
    routes_.push_back(route);
  }
  const std::span<const std::uint64_t> rates =
      in_order ? rates_in_order() : max_min_.of(routes_, capacities_);
  for (std::size_t i = 0; i < sharers_.size(); ++i) set_rate(sharers_[i], rates[i]);
}

void FluidLink::set_rate(std::uint32_t flow, std::uint64_t rate) {
  Flow& f = flows_[flow];
  f.left -= Units{f.rate} * static_cast<Units>(now_ - f.since);
  f.since = now_;
  f.rate = rate;
  if (f.rate > 0 && f.begun == kNever) f.begun = now_;
  set_end(flow);
}

/// Gives each flow in turn what those before it leave of what it passes.
std::span<const std::uint64_t> FluidLink::rates_in_order() {
  rates_.clear();
  for (const Route& route : routes_) {
    std::uint64_t rate = capacities_[route.front()];
    for (const std::uint32_t index : route) rate = std::min(rate, capacities_[index]);
    for (const std::uint32_t index : route) capacities_[index] -= rate;
    rates_.push_back(rate);
  }
  return rates_;
}

}  // namespace splitbench
