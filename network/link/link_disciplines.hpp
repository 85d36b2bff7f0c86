#pragma once
#include <cstdint>

#include "network/link/link_table.hpp"

// The discipline `fair`: flows are served at max-min rates.

// The discipline `fifo`: one wire for all, first come first served.

namespace splitbench {

/// `bytes` of the flow are ready now.
void offer_fairly(LinkTable&, std::uint32_t flow, std::uint64_t bytes, std::int64_t now);
/// What of the flow is not served by now never will be.
void abandon_fairly(LinkTable&, std::uint32_t flow, std::int64_t now);
/// Writes the times of every chunk on its way, if nothing else is offered.
void foretell_fairly(LinkTable&);

/// `bytes` of the flow are ready now.
void offer_fifo(LinkTable&, std::uint32_t flow, std::uint64_t bytes, std::int64_t now);
/// What of the flow has not left its sender by now never will.
void abandon_fifo(LinkTable&, std::uint32_t flow, std::int64_t now);
/// Writes the times of every chunk on its way, one after the other.
void foretell_fifo(LinkTable&);

}  // namespace splitbench
