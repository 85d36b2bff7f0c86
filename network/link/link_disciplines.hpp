#pragma once
#include <cstdint>

#include "network/link/link_table.hpp"

// The discipline `fair`: flows are served at max-min rates. A flow is given by its index in the
// table, and `now` in nanoseconds.

// The discipline `fifo`: one wire for all, first come first served.

namespace splitbench {

/// Offers `bytes` of the flow, which are ready now.
void offer_fairly(LinkTable&, std::uint32_t flow, std::uint64_t bytes, std::int64_t now);
/// Abandons the bytes of the flow that are not served by now; they never will be.
void abandon_fairly(LinkTable&, std::uint32_t flow, std::int64_t now);
/// Writes the times of every chunk on its way, provided that nothing else is offered.
void predict_fairly(LinkTable&);

/// Offers `bytes` of the flow, which are ready now.
void offer_fifo(LinkTable&, std::uint32_t flow, std::uint64_t bytes, std::int64_t now);
/// Abandons the chunks of the flow that have not left their sender by now; they never will.
void abandon_fifo(LinkTable&, std::uint32_t flow, std::int64_t now);
/// Writes the times of every chunk on its way, one after the other.
void predict_fifo(LinkTable&);

}  // namespace splitbench
