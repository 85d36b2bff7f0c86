#pragma once
#include <cstdint>

#include "network/link/link_table.hpp"

namespace splitbench {

/// What the one wire has left of its backlog at a time that is not earlier than the table's.
LinkTable::Units fifo_backlog(const LinkTable&, std::int64_t at);

/// When the wire has served that much from `now` on.
std::int64_t fifo_end(const LinkTable&, std::int64_t now, LinkTable::Units units);

/// The part of a backlog at `now` that is not that flow's.
LinkTable::Units fifo_backlog_without(const LinkTable&, std::int64_t now, LinkTable::Units backlog,
                                      std::uint32_t flow);

/// Writes the times of every chunk on its way, one after the other.
void foretell_fifo(LinkTable&);

/// The first of a flow's chunks that have not left their sender at a time.
std::uint64_t first_unsent(const LinkTable&, std::uint32_t flow, std::int64_t at);

}  // namespace splitbench
