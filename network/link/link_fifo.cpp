#include <algorithm>
#include <cassert>
#include <vector>

#include "network/link/link_disciplines.hpp"

namespace splitbench {
namespace {

using Units = LinkTable::Units;

struct Unsent {
  std::uint32_t flow;
  std::uint64_t number;
};

LinkTable::Rate wire_at(const LinkTable& table, std::int64_t time) {
  LinkTable::Rate rate = table.rate_at(time);
  rate.bandwidth = std::min(rate.bandwidth, table.wire->spine);
  return rate;
}

/// Returns the first of a flow's chunks that have not left their sender at a time.
std::uint64_t first_unsent(const LinkTable& table, std::uint32_t flow, std::int64_t at) {
  const std::uint64_t chunks = table.flow(flow).chunks;
  const auto on_its_way = [&](std::uint64_t number) {
    const std::int64_t end = table.chunk(flow, number).end;
    return end > at && end != LinkTable::kNever;
  };
  std::uint64_t first = chunks;
  while (first > 0 && chunks - first < kLinkWindow && on_its_way(first - 1)) --first;
  return first;
}

/// Returns the chunks of all flows that have not left their sender, in the order of the wire.
std::vector<Unsent> all_unsent(const LinkTable& table, std::int64_t now) {
  std::vector<Unsent> all;
  for (std::uint32_t flow = 0; flow < table.flows.size(); ++flow) {
    const std::uint64_t chunks = table.flow(flow).chunks;
    for (std::uint64_t n = first_unsent(table, flow, now); n < chunks; ++n)
      all.push_back({flow, n});
  }
  std::ranges::sort(all, {},
                    [&](const Unsent& u) { return table.chunk(u.flow, u.number).end_byte; });
  return all;
}

Units units_of(const LinkTable& table, const Unsent& unsent) {
  return LinkTable::kUnitsPerByte * table.chunk(unsent.flow, unsent.number).bytes;
}

/// Returns how much of a backlog is served by the time when each of the chunks is. The first chunk
/// may have begun already.
std::vector<Units> cumulated(const LinkTable& table, const std::vector<Unsent>& unsent,
                             Units backlog) {
  std::vector<Units> sums(unsent.size());
  for (std::size_t i = unsent.size(); i-- > 0;) {
    sums[i] = backlog;
    if (i > 0) backlog -= units_of(table, unsent[i]);
  }
  return sums;
}

/// Returns the backlog of the wire at a time that is not earlier than the table's.
Units backlog_at(const LinkTable& table, std::int64_t at) {
  Units backlog = table.state().backlog;
  for (std::int64_t now = table.state().now; now < at && backlog > 0;) {
    const LinkTable::Rate wire = wire_at(table, now);
    const std::int64_t until = std::min(at, wire.until);
    backlog -= std::min(backlog, Units{wire.bandwidth} * static_cast<Units>(until - now));
    now = until;
  }
  return backlog;
}

/// Returns when the wire has served that much from `now` on.
std::int64_t end_of(const LinkTable& table, std::int64_t now, Units units) {
  while (true) {
    const LinkTable::Rate wire = wire_at(table, now);
    const Units capacity = Units{wire.bandwidth} * static_cast<Units>(wire.until - now);
    if (units <= capacity || wire.until == LinkTable::kNever)
      return now + nanoseconds_to_serve(units, wire.bandwidth);
    units -= capacity;
    now = wire.until;
  }
}

/// Returns the part of a backlog at `now` that does not belong to that flow.
Units backlog_without(const LinkTable& table, std::int64_t now, Units backlog, std::uint32_t flow) {
  const std::vector<Unsent> unsent = all_unsent(table, now);
  const std::vector<Units> sums = cumulated(table, unsent, backlog);
  Units left = 0;
  for (std::size_t i = 0; i < unsent.size(); ++i)
    if (unsent[i].flow != flow) left += sums[i] - (i == 0 ? 0 : sums[i - 1]);
  return left;
}

}  // namespace

void offer_fifo(LinkTable& table, std::uint32_t flow, std::uint64_t bytes, std::int64_t now) {
  LinkTable::Snapshot& draft = table.draft(now);
  const Units ahead = backlog_at(table, draft.now);
  draft.backlog = ahead + LinkTable::kUnitsPerByte * bytes;
  draft.offered += bytes;
  draft.change = table.offer(flow, bytes, draft.now);
  LinkTable::Chunk& chunk = draft.change.chunk;
  chunk.end_byte = draft.offered;
  chunk.start = end_of(table, draft.now, ahead);
  chunk.end = end_of(table, draft.now, draft.backlog);
  assert(draft.change.counters.chunks - first_unsent(table, flow, draft.now) < kLinkWindow);
  table.publish();
  table.predict(flow, draft.change.counters.chunks - 1, chunk.start, chunk.end);
}

void abandon_fifo(LinkTable& table, std::uint32_t flow, std::int64_t now) {
  LinkTable::Snapshot& draft = table.draft(now);
  draft.change = {.kind = LinkTable::Change::Kind::abandon,
                  .flow = flow,
                  .counters = table.flow(flow),
                  .first_lost = first_unsent(table, flow, draft.now)};
  draft.backlog = backlog_without(table, draft.now, backlog_at(table, draft.now), flow);
  table.publish();
  predict_fifo(table);
}

void predict_fifo(LinkTable& table) {
  const std::int64_t now = table.state().now;
  const std::vector<Unsent> unsent = all_unsent(table, now);
  const std::vector<Units> sums = cumulated(table, unsent, table.state().backlog);
  std::int64_t free_at = now;
  for (std::size_t i = 0; i < unsent.size(); ++i) {
    const auto [flow, number] = unsent[i];
    const std::int64_t begun = table.chunk(flow, number).start;
    const std::int64_t end = end_of(table, now, sums[i]);
    table.predict(flow, number, std::min(begun, free_at), end);
    free_at = end;
  }
}

}  // namespace splitbench
