#include "network/link/link_flows.hpp"

#include <algorithm>
#include <cassert>
#include <optional>
#include <vector>

namespace splitbench {
namespace {

using Active = LinkTable::Active;
using Units = LinkTable::Units;

/// A flow that is being served.
struct Served : Active {
  /// The moment at which its first chunk that has not ended began to be served; kNever if it waits
  /// for chunks of other flows.
  std::int64_t begun = LinkTable::kNever;
};

/// Returns how much of a flow's backlog is served when its first chunk that has not ended is.
Units units_to_end(const LinkTable& table, const Active& active) {
  const LinkTable::Flow flow = table.flow(active.flow);
  const std::uint64_t behind = flow.offered - table.chunk(active.flow, active.delivered).end_byte;
  return active.backlog - LinkTable::kUnitsPerByte * behind;
}

/// Returns the rates of flows of which each takes what those before it leave to it, in the order in
/// which their first chunks were offered.
std::vector<std::uint64_t> rates_in_order(const LinkTable& table, const std::vector<Served>& active,
                                          std::vector<std::uint64_t> capacities) {
  std::vector<std::size_t> order(active.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, {}, [&](std::size_t i) {
    return table.chunk(active[i].flow, active[i].delivered).order;
  });
  std::vector<std::uint64_t> rates(active.size());
  for (const std::size_t i : order) {
    const Route route = table.route(active[i].flow);
    std::uint64_t rate = capacities[route.front()];
    for (const std::uint32_t index : route) rate = std::min(rate, capacities[index]);
    for (const std::uint32_t index : route) capacities[index] -= rate;
    rates[i] = rate;
  }
  return rates;
}

std::vector<std::uint64_t> fair_rates(const LinkTable& table, const std::vector<Served>& active,
                                      const std::vector<std::uint64_t>& capacities) {
  std::vector<Route> routes;
  for (const Served& each : active) routes.push_back(table.route(each.flow));
  return max_min_rates(routes, capacities);
}

/// Serves flows at the rates of the discipline, from event to event: a flow's end, a change of the
/// wire's rates or, in order, a chunk's end. `ended` is called for each chunk that is served to its
/// end, with the times at which it began and ended.
template <class Ended>
void serve(const LinkTable& table, std::vector<Served>& active, std::int64_t now,
           std::int64_t until, Ended ended) {
  const bool in_order = table.wire->discipline == Discipline::fifo;
  while (now < until && !active.empty()) {
    const LinkTable::Rate nics = table.rate_at(now);
    const std::vector<std::uint64_t> capacities = table.capacities(nics.bandwidth);
    const std::vector<std::uint64_t> rates = in_order ? rates_in_order(table, active, capacities)
                                                      : fair_rates(table, active, capacities);

    std::int64_t step = std::min(until, nics.until) - now;
    for (std::size_t i = 0; i < active.size(); ++i) {
      if (rates[i] == 0) continue;
      if (active[i].begun == LinkTable::kNever) active[i].begun = now;
      const Units next = in_order ? units_to_end(table, active[i]) : active[i].backlog;
      step = std::min(step, nanoseconds_to_serve(next, rates[i]));
    }

    for (std::size_t i = 0; i < active.size(); ++i) {
      Served& a = active[i];
      const std::uint64_t chunks = table.flow(a.flow).chunks;
      const Units served = std::min(a.backlog, Units{rates[i]} * static_cast<Units>(step));
      for (; a.delivered < chunks; ++a.delivered) {
        const Units units = units_to_end(table, a);
        if (units > served) break;
        const std::int64_t end = now + nanoseconds_to_serve(units, rates[i]);
        ended(a, end);
        a.begun = end;
      }
      a.backlog -= served;
      if (in_order && a.begun >= now + step) a.begun = LinkTable::kNever;  // others may go first
    }
    std::erase_if(active, [](const Served& a) { return a.backlog == 0; });
    now += step;
  }
}

/// Returns the flows that are active now. A chunk that was to begin later has not begun.
std::vector<Served> served_of(const LinkTable& table) {
  std::vector<Served> served;
  for (const Active& active : table.active()) {
    const std::int64_t start = table.chunk(active.flow, active.delivered).start;
    served.push_back({active, start <= table.state().now ? start : LinkTable::kNever});
  }
  return served;
}

/// Returns the flows that are still active at a time that is not earlier than the table's, and what
/// each of them has left then.
std::vector<Served> served_at(const LinkTable& table, std::int64_t until) {
  std::vector<Served> served = served_of(table);
  serve(table, served, table.state().now, until, [](const Served&, std::int64_t) {});
  return served;
}

/// Predicts the times of all chunks on their way. If `appended` names a flow that was active and
/// got one chunk more, only the last of its own chunks can have moved.
void predict(LinkTable& table, std::optional<std::uint32_t> appended) {
  std::vector<Served> served = served_of(table);
  for (Served& each : served) {
    if (each.flow != appended) continue;
    each.delivered = table.flow(each.flow).chunks - 1;
    each.begun = table.chunk(each.flow, each.delivered - 1).end;
  }
  serve(table, served, table.state().now, LinkTable::kEndOfTime,
        [&](const Served& each, std::int64_t end) {
          table.predict(each.flow, each.delivered, each.begun, end);
        });
}

}  // namespace

void offer_bytes(LinkTable& table, std::uint32_t flow, std::uint64_t bytes, std::int64_t now) {
  LinkTable::Snapshot& draft = table.draft(now);
  draft.change = table.offer(flow, bytes, draft.now);
  ++draft.offered;
  Active mine{.backlog = 0, .delivered = table.flow(flow).chunks, .flow = flow};
  for (const Served& each : served_at(table, draft.now))
    each.flow == flow ? void(mine = each) : table.add_active(draft, each);
  const bool was_active = mine.backlog > 0;
  assert(draft.change.counters.chunks - mine.delivered < kLinkWindow);
  mine.backlog += LinkTable::kUnitsPerByte * bytes;
  table.add_active(draft, mine);
  table.publish();
  const bool fair = table.wire->discipline == Discipline::fair;
  predict(table, fair && was_active ? std::optional(flow) : std::nullopt);
}

void abandon_flow(LinkTable& table, std::uint32_t flow, std::int64_t now) {
  LinkTable::Snapshot& draft = table.draft(now);
  const LinkTable::Flow counters = table.flow(flow);
  draft.change = {.kind = LinkTable::Change::Kind::abandon, .flow = flow, .counters = counters};
  draft.change.first_lost = counters.chunks;
  for (const Served& each : served_at(table, draft.now))
    each.flow == flow ? void(draft.change.first_lost = each.delivered)
                      : table.add_active(draft, each);
  table.publish();
  predict_chunks(table);
}

void predict_chunks(LinkTable& table) {
  predict(table, std::nullopt);
}

}  // namespace splitbench
