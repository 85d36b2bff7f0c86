#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "network/link/link_table.hpp"

namespace splitbench {

/// The flows that are still active at a time that is not earlier than the table's, and what each of
/// them has left then.
std::vector<LinkTable::Active> served_fairly(const LinkTable&, std::int64_t until);

/// Writes the times of every chunk on its way, if nothing else is offered. Where a flow that was
/// active got one chunk more, only the last of its own can have moved: `appended` names the flow.
void foretell_fairly(LinkTable&, std::optional<std::uint32_t> appended = {});

}  // namespace splitbench
