#include "network/link/link.hpp"

#include <cassert>

#include "network/link/link_flows.hpp"
#include "network/link/link_table.hpp"

namespace splitbench {
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
  offer_bytes(table, flow, bytes, now.count());
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
  abandon_flow(table, table.index(id), now.count());
}

std::uint64_t Link::epoch(std::uint32_t receiver) const {
  const LinkTable table(memory_);
  assert(receiver < table.epochs.size());
  return table.epochs[receiver];
}

void Link::recover() {
  LinkTable table(memory_);
  table.apply_change();
  predict_chunks(table);
  for (std::uint64_t& epoch : table.epochs) ++epoch;
}

}  // namespace splitbench
