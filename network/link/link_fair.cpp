#include <algorithm>
#include <cassert>
#include <optional>
#include <vector>

#include "network/link/link_disciplines.hpp"
#include "network/link/link_table.hpp"

namespace splitbench {
namespace {

using Active = LinkTable::Active;
using Units = LinkTable::Units;

/// Serves flows at max-min rates, from event to event: a flow's end or a change of a rate. `ended`
/// is called for each chunk that is served to its end, with the time of that.
template <class Ended>
void serve(const LinkTable& table, std::vector<Active>& active, std::int64_t now,
           std::int64_t until, Ended ended) {
  std::vector<Route> routes;
  while (now < until && !active.empty()) {
    const LinkTable::Rate nics = table.rate_at(now);
    routes.clear();
    for (const Active& a : active) routes.push_back(table.route(a.flow));
    const std::vector<std::uint64_t> rates =
        max_min_rates(routes, table.capacities(nics.bandwidth));

    std::int64_t step = std::min(until, nics.until) - now;
    for (std::size_t i = 0; i < active.size(); ++i)
      step = std::min(step, nanoseconds_to_serve(active[i].backlog, rates[i]));

    for (std::size_t i = 0; i < active.size(); ++i) {
      Active& a = active[i];
      const LinkTable::Flow flow = table.flow(a.flow);
      const Units served = std::min(a.backlog, Units{rates[i]} * static_cast<Units>(step));
      for (; a.delivered < flow.chunks; ++a.delivered) {
        const std::uint64_t behind = flow.offered - table.chunk(a.flow, a.delivered).end_byte;
        const Units units = a.backlog - LinkTable::kUnitsPerByte * behind;
        if (units > served) break;
        ended(a, now + nanoseconds_to_serve(units, rates[i]));
      }
      a.backlog -= served;
    }
    std::erase_if(active, [](const Active& a) { return a.backlog == 0; });
    now += step;
  }
}

/// Returns the flows that are still active at a time that is not earlier than the table's, and what
/// each of them has left then.
std::vector<Active> active_at(const LinkTable& table, std::int64_t until) {
  std::vector<Active> active(table.active().begin(), table.active().end());
  serve(table, active, table.state().now, until, [](const Active&, std::int64_t) {});
  return active;
}

/// Predicts the times of all chunks on their way. If `appended` names a flow that was active and
/// got one chunk more, only the last of its own chunks can have moved.
void predict(LinkTable& table, std::optional<std::uint32_t> appended) {
  std::vector<Active> active(table.active().begin(), table.active().end());
  for (Active& a : active)
    if (a.flow == appended) a.delivered = table.flow(a.flow).chunks - 1;
  serve(table, active, table.state().now, LinkTable::kEndOfTime, [&](const Active& a, auto end) {
    const std::uint64_t number = a.delivered;
    const std::int64_t before = number == 0 ? 0 : table.chunk(a.flow, number - 1).end;
    table.predict(a.flow, number, before == LinkTable::kNever ? 0 : before, end);
  });
}

}  // namespace

void offer_fairly(LinkTable& table, std::uint32_t flow, std::uint64_t bytes, std::int64_t now) {
  LinkTable::Snapshot& draft = table.draft(now);
  draft.change = table.offer(flow, bytes, draft.now);
  Active mine{.backlog = 0, .delivered = table.flow(flow).chunks, .flow = flow};
  for (const Active& a : active_at(table, draft.now))
    a.flow == flow ? void(mine = a) : table.add_active(draft, a);
  const bool was_active = mine.backlog > 0;
  assert(draft.change.counters.chunks - mine.delivered < kLinkWindow);
  mine.backlog += LinkTable::kUnitsPerByte * bytes;
  table.add_active(draft, mine);
  table.publish();
  predict(table, was_active ? std::optional(flow) : std::nullopt);
}

void abandon_fairly(LinkTable& table, std::uint32_t flow, std::int64_t now) {
  LinkTable::Snapshot& draft = table.draft(now);
  const LinkTable::Flow counters = table.flow(flow);
  draft.change = {.kind = LinkTable::Change::Kind::abandon, .flow = flow, .counters = counters};
  draft.change.first_lost = counters.chunks;
  for (const Active& a : active_at(table, draft.now))
    a.flow == flow ? void(draft.change.first_lost = a.delivered) : table.add_active(draft, a);
  table.publish();
  predict_fairly(table);
}

void predict_fairly(LinkTable& table) {
  predict(table, std::nullopt);
}

}  // namespace splitbench
