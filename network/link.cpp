#include "network/link.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <new>
#include <vector>

#include "network/max_min.hpp"

namespace splitbench {
namespace {

/// A byte at r bit/s takes kUnitsPerByte / r nanoseconds: what waits is counted in
/// nanoseconds at one bit/s.
using Units = unsigned __int128;
constexpr Units kUnitsPerByte = Units{8} * 1'000'000'000;

std::int64_t nanoseconds_to_serve(Units units, std::uint64_t rate) {
  return static_cast<std::int64_t>((units + rate - 1) / rate);
}

}  // namespace

struct Link::Chunk {
  std::uint64_t end_byte;  // counted from the flow's first byte
  std::int64_t ready;
  std::int64_t start;
  std::int64_t end;
};

struct Link::Flow {
  Units backlog;            // ready and not served
  std::uint64_t offered;    // bytes
  std::uint64_t chunks;     // offered
  std::uint64_t delivered;  // chunks whose times are final
  Chunk ring[kWindow];

  Chunk& chunk(std::uint64_t number) { return ring[number % kWindow]; }
};

struct Link::State {
  LinkSpec spec;
  std::uint32_t senders;
  std::uint32_t receivers;
  std::int64_t now;
  std::int64_t wire_free;  // fifo: when the wire has served all that was offered,
  Units wire_remainder;    // and what it served beyond that within its last nanosecond
};

std::size_t Link::bytes_needed(std::uint32_t senders, std::uint32_t receivers) {
  return sizeof(State) + std::size_t{senders} * receivers * sizeof(Flow);
}

Link Link::initialize(std::span<std::byte> memory, const LinkSpec& spec, std::uint32_t senders,
                      std::uint32_t receivers) {
  assert(memory.size() >= bytes_needed(senders, receivers) && spec.bandwidth > 0);
  new (memory.data()) State{.spec = spec,
                            .senders = senders,
                            .receivers = receivers,
                            .now = 0,
                            .wire_free = 0,
                            .wire_remainder = 0};
  const Link link(memory.data());
  for (Flow& f : link.flows()) f.backlog = f.offered = f.chunks = f.delivered = 0;
  return link;
}

Link::State& Link::state() const {
  return *std::launder(reinterpret_cast<State*>(memory_));
}

std::span<Link::Flow> Link::flows() const {
  auto* first = std::launder(reinterpret_cast<Flow*>(memory_ + sizeof(State)));
  return {first, std::size_t{state().senders} * state().receivers};
}

Link::Flow& Link::flow(FlowId id) const {
  assert(id.sender < state().senders && id.receiver < state().receivers);
  return flows()[std::size_t{id.sender} * state().receivers + id.receiver];
}

std::uint64_t Link::offer(Time now, FlowId id, std::uint64_t bytes) {
  State& s = state();
  Flow& f = flow(id);
  now = std::max(now, Time(s.now));
  assert(bytes > 0 && f.chunks - f.delivered < kWindow);

  if (s.spec.discipline == Discipline::fifo) {
    s.now = now.count();
    offer_fifo(now, f, bytes);
  } else {
    serve(now.count(), true);
    s.now = now.count();
    f.offered += bytes;
    f.backlog += kUnitsPerByte * bytes;
    f.chunk(f.chunks) = {.end_byte = f.offered, .ready = now.count(), .start = 0, .end = 0};
    ++f.chunks;
    serve(std::numeric_limits<std::int64_t>::max(), false);
  }
  return f.chunks - 1;
}

void Link::offer_fifo(Time now, Flow& f, std::uint64_t bytes) {
  State& s = state();
  if (now.count() > s.wire_free) {
    s.wire_free = now.count();
    s.wire_remainder = 0;
  }
  const std::int64_t start = s.wire_free;
  const Units units = kUnitsPerByte * bytes + s.wire_remainder;
  s.wire_free += static_cast<std::int64_t>(units / s.spec.bandwidth);
  s.wire_remainder = units % s.spec.bandwidth;
  const std::int64_t end = s.wire_free + (s.wire_remainder > 0 ? 1 : 0);
  f.chunk(f.chunks) = {.end_byte = 0, .ready = now.count(), .start = start, .end = end};
  f.delivered = ++f.chunks;
}

Delivery Link::delivery(FlowId id, std::uint64_t number) const {
  Flow& f = flow(id);
  assert(number < f.chunks && f.chunks - number <= kWindow);
  const Chunk& c = f.chunk(number);
  return {.ready = Time(c.ready),
          .start = Time(c.start),
          .end = Time(c.end),
          .arrival = Time(c.end) + state().spec.latency};
}

void Link::serve(std::int64_t until, bool commit) {
  struct Served {
    Flow* flow;
    Units backlog;
    std::uint64_t next;  // the chunk that the flow's next byte belongs to
  };
  const State& s = state();
  std::vector<Served> active;
  for (Flow& f : flows())
    if (f.backlog > 0) active.push_back({&f, f.backlog, f.delivered});

  std::vector<Endpoints> endpoints;
  for (std::int64_t now = s.now; now < until && !active.empty();) {
    endpoints.clear();
    for (const Served& a : active) {
      const auto index = static_cast<std::uint32_t>(a.flow - flows().data());
      endpoints.push_back({.sender = index / s.receivers, .receiver = index % s.receivers});
    }
    const std::vector<std::uint64_t> rates = max_min_rates(endpoints, s.spec.bandwidth);

    std::int64_t step = until - now;
    for (std::size_t i = 0; i < active.size(); ++i)
      step = std::min(step, nanoseconds_to_serve(active[i].backlog, rates[i]));

    for (std::size_t i = 0; i < active.size(); ++i) {
      auto& [flow, backlog, next] = active[i];
      const Units served = std::min(backlog, Units{rates[i]} * static_cast<Units>(step));
      for (; next < flow->chunks; ++next) {
        Chunk& chunk = flow->chunk(next);
        const Units units = backlog - kUnitsPerByte * (flow->offered - chunk.end_byte);
        if (units > served) break;
        chunk.start = next == 0 ? chunk.ready : std::max(chunk.ready, flow->chunk(next - 1).end);
        chunk.end = now + nanoseconds_to_serve(units, rates[i]);
      }
      backlog -= served;
      if (!commit) continue;
      flow->backlog = backlog;
      flow->delivered = next;
    }
    std::erase_if(active, [](const Served& a) { return a.backlog == 0; });
    now += step;
  }
}

}  // namespace splitbench
