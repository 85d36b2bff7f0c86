#pragma once
#include <cstdint>

#include "network/link/link_table.hpp"

// Flows and how the wire serves them, under either discipline. A flow is given by its index in the
// table, and `now` in nanoseconds.

namespace splitbench {

/// Offers `bytes` of the flow, which are ready now.
void offer_bytes(LinkTable&, std::uint32_t flow, std::uint64_t bytes, std::int64_t now);
/// Abandons the bytes of the flow that are not served by now; they never will be.
void abandon_flow(LinkTable&, std::uint32_t flow, std::int64_t now);
/// Writes the times of every chunk on its way, provided that nothing else is offered.
void predict_chunks(LinkTable&);

}  // namespace splitbench
