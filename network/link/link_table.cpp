#include "network/link/link_table.hpp"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>

namespace splitbench {

std::span<const std::uint64_t> MaxMinRates::of(std::span<const Route> flows,
                                               std::span<const std::uint64_t> capacities) {
  resources_.clear();
  for (const std::uint64_t capacity : capacities) resources_.push_back({capacity});
  for (const Route& route : flows)
    for (const std::uint32_t index : route) ++resources_[index].demand;

  rates_.resize(flows.size());
  waiting_.resize(flows.size());
  std::iota(waiting_.begin(), waiting_.end(), 0u);
  while (!waiting_.empty()) {
    std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
    for (const Resource& r : resources_)
      if (r.demand > 0) least = std::min(least, r.share());
    // Marked before anything is assigned: what rounding leaves over must go to nobody, or the order
    // of the flows would decide who gets it.
    for (Resource& r : resources_) r.tightest = r.demand > 0 && r.share() == least;

    const std::uint64_t rate = std::max<std::uint64_t>(least, 1);
    std::erase_if(waiting_, [&](std::uint32_t flow) {
      const Route& route = flows[flow];
      if (std::ranges::none_of(route, [&](auto index) { return resources_[index].tightest; }))
        return false;
      rates_[flow] = rate;
      for (const std::uint32_t index : route) {
        resources_[index].free -= std::min(resources_[index].free, rate);
        --resources_[index].demand;
      }
      return true;
    });
  }
  return rates_;
}

std::vector<std::uint64_t> max_min_rates(std::span<const Route> flows,
                                         std::span<const std::uint64_t> capacities) {
  MaxMinRates rates;
  const auto result = rates.of(flows, capacities);
  return {result.begin(), result.end()};
}

namespace {

/// Hands out parts of a memory one after the other, each aligned to 16 bytes.
class Carver {
 public:
  explicit Carver(std::byte* memory) : memory_(memory) {}

  template <class T>
  T* take(std::size_t count = 1) {
    static_assert(alignof(T) <= 16);
    const std::size_t at = used_;
    used_ += (count * sizeof(T) + 15) / 16 * 16;
    return memory_ ? reinterpret_cast<T*>(memory_ + at) : nullptr;
  }
  std::size_t used() const { return used_; }

 private:
  std::byte* memory_;
  std::size_t used_ = 0;
};

std::size_t carve(Carver& carver, LinkTable& table, std::uint32_t senders,
                  std::uint32_t receivers) {
  const std::size_t flows = std::size_t{senders} * receivers;
  table.current = carver.take<std::uint64_t>();
  for (const int i : {0, 1}) {
    table.snapshots[i] = carver.take<LinkTable::Snapshot>();
    table.actives[i] = carver.take<LinkTable::Active>(flows);
  }
  const std::size_t nics = std::size_t{senders} + receivers;
  table.limits = {carver.take<std::uint64_t>(nics), nics};
  table.epochs = {carver.take<std::uint64_t>(receivers), receivers};
  table.flows = {carver.take<LinkTable::Flow>(flows), flows};
  table.rings = carver.take<LinkTable::Chunk>(flows * kLinkWindow);
  return carver.used();
}

std::uint64_t delivered_rate(std::uint64_t nominal, double efficiency) {
  const auto rate = std::llround(static_cast<double>(nominal) * efficiency);
  return std::max<std::uint64_t>(static_cast<std::uint64_t>(rate), 1);
}

}  // namespace

LinkTable::Wire make_wire(const LinkSpec& spec, std::uint32_t senders, std::uint32_t receivers) {
  assert(spec.schedule.size() <= kMaxRateChanges);
  LinkTable::Wire wire{.senders = senders,
                       .receivers = receivers,
                       .discipline = spec.discipline,
                       .latency = spec.latency.count(),
                       .jitter = spec.jitter.count(),
                       .seed = spec.seed,
                       .spine = spec.spine == 0 ? std::numeric_limits<std::uint64_t>::max()
                                                : delivered_rate(spec.spine, spec.efficiency),
                       .periods = 0,
                       .period = {}};
  const auto add = [&](std::int64_t from, std::uint64_t bandwidth) {
    assert(bandwidth > 0 && (wire.periods == 0 || from > wire.period[wire.periods - 1].from));
    wire.period[wire.periods++] = {from, delivered_rate(bandwidth, spec.efficiency)};
  };
  add(0, spec.bandwidth);
  for (const RateChange& change : spec.schedule) add(change.at.count(), change.bandwidth);
  return wire;
}

std::vector<std::uint64_t> nic_limits(const LinkSpec& spec, std::uint32_t senders,
                                      std::uint32_t receivers) {
  std::vector<std::uint64_t> limits;
  const auto add = [&](const std::vector<std::uint64_t>& nominal, std::uint32_t workers) {
    assert(nominal.size() <= 1 || workers <= nominal.size());
    for (std::uint32_t worker = 0; worker < workers; ++worker)
      limits.push_back(nominal.empty() ? std::numeric_limits<std::uint64_t>::max()
                                       : delivered_rate(nominal[nominal.size() == 1 ? 0 : worker],
                                                        spec.efficiency));
  };
  add(spec.egress, senders);
  add(spec.ingress, receivers);
  return limits;
}

std::size_t LinkTable::bytes_needed(std::uint32_t senders, std::uint32_t receivers) {
  LinkTable nowhere(nullptr);
  Carver carver(nullptr);
  carver.take<Wire>();
  return carve(carver, nowhere, senders, receivers);
}

LinkTable::LinkTable(std::byte* memory) {
  Carver carver(memory);
  wire = carver.take<Wire>();
  if (wire) carve(carver, *this, wire->senders, wire->receivers);
}

LinkTable LinkTable::initialize(std::byte* memory, const LinkSpec& spec, std::uint32_t senders,
                                std::uint32_t receivers, std::int64_t origin) {
  Carver(memory).take<Wire>()[0] = make_wire(spec, senders, receivers);
  LinkTable table(memory);
  *table.current = 0;
  *table.snapshots[0] = {.origin = origin, .now = origin, .run = 1};
  std::ranges::fill(table.epochs, 0);
  std::ranges::fill(table.flows, Flow{});
  std::ranges::copy(nic_limits(spec, senders, receivers), table.limits.begin());
  return table;
}

std::uint32_t LinkTable::index(FlowId id) const {
  assert(id.sender < wire->senders && id.receiver < wire->receivers);
  return id.sender * wire->receivers + id.receiver;
}

LinkTable::Flow LinkTable::flow(std::uint32_t index) const {
  const Flow& f = flows[index];
  return f.run == state().run ? f : Flow{.run = state().run, .offered = 0, .chunks = 0};
}

LinkTable::Snapshot& LinkTable::draft(std::int64_t now) {
  Snapshot& spare = *snapshots[1 - *current];
  spare = state();
  spare.now = std::max(now, spare.now);
  spare.actives = 0;
  spare.change = {};
  return spare;
}

void LinkTable::add_active(Snapshot& draft, const Active& active) {
  actives[&draft == snapshots[1]][draft.actives++] = active;
}

LinkTable::Change LinkTable::offer(std::uint32_t index, std::uint64_t bytes,
                                   std::int64_t now) const {
  Flow counters = flow(index);
  counters.offered += bytes;
  ++counters.chunks;
  return {.kind = Change::Kind::offer,
          .flow = index,
          .counters = counters,
          .chunk = {.bytes = bytes,
                    .end_byte = counters.offered,
                    .order = state().offered,
                    .ready = now,
                    .start = kNever,
                    .end = kNever,
                    .arrival = kNever}};
}

void LinkTable::publish() {
  // A killed process has made all stores before some instruction and none after it: only the
  // compiler must not move any across this one.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  std::atomic_ref(*current).store(1 - *current, std::memory_order_release);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  apply_change();
}

void LinkTable::apply_change() {
  const Change& change = state().change;
  if (change.kind == Change::Kind::none) return;
  flows[change.flow] = change.counters;
  const std::uint64_t chunks = change.counters.chunks;
  if (change.kind == Change::Kind::offer) chunk(change.flow, chunks - 1) = change.chunk;
  if (change.kind == Change::Kind::abandon) {
    for (std::uint64_t lost = change.first_lost; lost < chunks; ++lost) {
      Chunk& c = chunk(change.flow, lost);
      c.start = c.end = kNever;  // the next one must arrive after the one before this one
      c.arrival = lost == 0 ? 0 : chunk(change.flow, lost - 1).arrival;
    }
  }
}

LinkTable::Rate LinkTable::Wire::rate_at(std::int64_t time) const {
  const std::span all(period, periods);
  const auto next = std::ranges::upper_bound(all.subspan(1), time, {}, &Period::from);
  return {.bandwidth = std::prev(next)->bandwidth,
          .until = next == all.end() ? kNever : next->from};
}

LinkTable::Rate LinkTable::rate_at(std::int64_t time) const {
  const std::int64_t origin = state().origin;
  const Rate rate = wire->rate_at(time - origin);
  return {.bandwidth = rate.bandwidth,
          .until = rate.until == kNever ? kNever : origin + rate.until};
}

std::vector<std::uint64_t> LinkTable::capacities(std::uint64_t bandwidth) const {
  std::vector<std::uint64_t> all;
  all.reserve(limits.size() + 1);
  for (const std::uint64_t limit : limits) all.push_back(std::min(limit, bandwidth));
  all.push_back(wire->spine);
  return all;
}

Route LinkTable::route(std::uint32_t flow) const {
  return {flow / wire->receivers, wire->senders + flow % wire->receivers,
          wire->senders + wire->receivers};
}

void LinkTable::predict(std::uint32_t flow, std::uint64_t number, std::int64_t free_at,
                        std::int64_t end) {
  Chunk& c = chunk(flow, number);
  const std::int64_t before = number == 0 ? 0 : chunk(flow, number - 1).arrival;
  const std::int64_t delay = wire->latency + jitter_of(wire->seed, flow, number, wire->jitter);
  const std::int64_t arrival = std::max(before, end + delay);
  if (c.arrival != kNever && arrival < c.arrival) ++epochs[flow % wire->receivers];
  c.start = std::max(c.ready, free_at);
  c.end = end;
  c.arrival = arrival;
}

}  // namespace splitbench
