#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace splitbench {

/// What a flow passes, as indices into a list of capacities: its sender's NIC, its receiver's NIC
/// and the spine.
using Route = std::array<std::uint32_t, 3>;

/// Max-min fair rates, in bit/s, of flows over resources with capacities of their own: nobody's
/// rate can grow without one that is no larger shrinking. Rounded down to whole bit/s, so that a
/// full resource has less left over than it has flows, and at least 1.
std::vector<std::uint64_t> max_min_rates(std::span<const Route> flows,
                                         std::span<const std::uint64_t> capacities);

}  // namespace splitbench
