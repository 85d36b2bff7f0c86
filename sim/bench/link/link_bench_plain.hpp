#pragma once
#include <vector>

#include "sim/bench/link/link_bench.hpp"

namespace splitbench {

// What the product's transport is held against: the same bytes over a socket alone, from and into
// as much memory. Stamps as of time_transfers, of one flow.

/// Blocking send and recv.
std::vector<FlowStamps> time_bare_loop(const LinkBenchCase&, const WireOptions&);

/// asio::async_write and asio::async_read of whole chunks.
std::vector<FlowStamps> time_plain_asio(const LinkBenchCase&, const WireOptions&);

}  // namespace splitbench
