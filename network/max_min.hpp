#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace splitbench {

/// The two NICs that a flow uses: its sender's egress and its receiver's ingress.
struct Endpoints {
  std::uint32_t sender = 0;
  std::uint32_t receiver = 0;
};

/// Max-min fair rates, in bit/s, of flows whose NICs all have the same bandwidth: nobody's rate can
/// grow without a smaller one shrinking. Rounded down to whole bit/s, and at least 1.
std::vector<std::uint64_t> max_min_rates(std::span<const Endpoints> flows, std::uint64_t bandwidth);

}  // namespace splitbench
