#pragma once
#include <cstdint>

#include "network/link/link_table.hpp"

// The discipline `fair`: flows are served at max-min rates.

namespace splitbench {

/// `bytes` of the flow are ready now.
void offer_fairly(LinkTable&, std::uint32_t flow, std::uint64_t bytes, std::int64_t now);
/// What of the flow is not served by now never will be.
void abandon_fairly(LinkTable&, std::uint32_t flow, std::int64_t now);
/// Writes the times of every chunk on its way, if nothing else is offered.
void foretell_fairly(LinkTable&);

}  // namespace splitbench
