#include "network/link/link.hpp"

#include <cassert>
#include <optional>

#include "network/link/link_fair.hpp"
#include "network/link/link_fifo.hpp"
#include "network/link/link_table.hpp"

namespace splitbench {
namespace {

using Active = LinkTable::Active;
using Change = LinkTable::Change;
using Units = LinkTable::Units;

bool is_fifo(const LinkTable& table) {
  return table.wire->discipline == Discipline::fifo;
}

/// A chunk at the end of a flow, its times unknown yet.
Change offered(const LinkTable& table, std::uint32_t flow, std::uint64_t bytes, std::int64_t now) {
  LinkTable::Flow counters = table.flow(flow);
  counters.offered += bytes;
  ++counters.chunks;
  return {.kind = Change::Kind::offer,
          .flow = flow,
          .counters = counters,
          .chunk = {.bytes = bytes,
                    .end_byte = counters.offered,
                    .ready = now,
                    .start = LinkTable::kNever,
                    .end = LinkTable::kNever,
                    .arrival = LinkTable::kNever}};
}

void offer_fairly(LinkTable& table, std::uint32_t flow, std::uint64_t bytes, std::int64_t now) {
  LinkTable::Snapshot& draft = table.draft(now);
  draft.change = offered(table, flow, bytes, draft.now);
  Active mine{.backlog = 0, .delivered = table.flow(flow).chunks, .flow = flow};
  for (const Active& a : served_fairly(table, draft.now))
    a.flow == flow ? void(mine = a) : table.add_active(draft, a);
  const bool was_active = mine.backlog > 0;
  assert(draft.change.counters.chunks - mine.delivered < Link::kWindow);
  mine.backlog += LinkTable::kUnitsPerByte * bytes;
  table.add_active(draft, mine);
  table.publish();
  foretell_fairly(table, was_active ? std::optional(flow) : std::nullopt);
}

void offer_fifo(LinkTable& table, std::uint32_t flow, std::uint64_t bytes, std::int64_t now) {
  LinkTable::Snapshot& draft = table.draft(now);
  const Units ahead = fifo_backlog(table, draft.now);
  draft.backlog = ahead + LinkTable::kUnitsPerByte * bytes;
  draft.offered += bytes;
  draft.change = offered(table, flow, bytes, draft.now);
  LinkTable::Chunk& chunk = draft.change.chunk;
  chunk.end_byte = draft.offered;
  chunk.start = fifo_end(table, draft.now, ahead);
  chunk.end = fifo_end(table, draft.now, draft.backlog);
  assert(draft.change.counters.chunks - first_unsent(table, flow, draft.now) < Link::kWindow);
  table.publish();
  table.foretell(flow, draft.change.counters.chunks - 1, chunk.start, chunk.end);
}

}  // namespace

std::size_t Link::bytes_needed(std::uint32_t senders, std::uint32_t receivers) {
  return LinkTable::bytes_needed(senders, receivers);
}

Link Link::initialize(std::span<std::byte> memory, const LinkSpec& spec, std::uint32_t senders,
                      std::uint32_t receivers, Time origin) {
  assert(memory.size() >= bytes_needed(senders, receivers));
  LinkTable::initialize(memory.data(), spec, senders, receivers, origin.count());
  return Link(memory.data());
}

void Link::reset(Time origin) {
  LinkTable table(memory_);
  LinkTable::Snapshot& draft = table.draft(0);
  draft = {.origin = origin.count(), .now = origin.count(), .run = table.state().run + 1};
  table.publish();
}

std::uint64_t Link::offer(Time now, FlowId id, std::uint64_t bytes) {
  assert(bytes > 0);
  LinkTable table(memory_);
  const std::uint32_t flow = table.index(id);
  is_fifo(table) ? offer_fifo(table, flow, bytes, now.count())
                 : offer_fairly(table, flow, bytes, now.count());
  return table.flow(flow).chunks - 1;
}

std::uint64_t Link::offered(FlowId id) const {
  const LinkTable table(memory_);
  return table.flow(table.index(id)).chunks;
}

Delivery Link::delivery(FlowId id, std::uint64_t number) const {
  const LinkTable table(memory_);
  const std::uint32_t flow = table.index(id);
  [[maybe_unused]] const std::uint64_t chunks = table.flow(flow).chunks;
  assert(number < chunks && chunks - number <= kWindow);
  const LinkTable::Chunk& c = table.chunk(flow, number);
  return {.ready = Time(c.ready),
          .start = Time(c.start),
          .end = Time(c.end),
          .arrival = c.end == LinkTable::kNever ? Time::max() : Time(c.arrival)};
}

void Link::abandon(Time now, FlowId id) {
  LinkTable table(memory_);
  const std::uint32_t flow = table.index(id);
  LinkTable::Snapshot& draft = table.draft(now.count());
  draft.change = {.kind = Change::Kind::abandon, .flow = flow, .counters = table.flow(flow)};
  if (is_fifo(table)) {
    draft.change.first_lost = first_unsent(table, flow, draft.now);
    draft.backlog = fifo_backlog_without(table, draft.now, fifo_backlog(table, draft.now), flow);
  } else {
    draft.change.first_lost = draft.change.counters.chunks;
    for (const Active& a : served_fairly(table, draft.now))
      a.flow == flow ? void(draft.change.first_lost = a.delivered) : table.add_active(draft, a);
  }
  table.publish();
  is_fifo(table) ? foretell_fifo(table) : foretell_fairly(table);
}

std::uint64_t Link::epoch(std::uint32_t receiver) const {
  const LinkTable table(memory_);
  assert(receiver < table.epochs.size());
  return table.epochs[receiver];
}

void Link::recover() {
  LinkTable table(memory_);
  table.apply_change();
  is_fifo(table) ? foretell_fifo(table) : foretell_fairly(table);
  for (std::uint64_t& epoch : table.epochs) ++epoch;
}

}  // namespace splitbench
