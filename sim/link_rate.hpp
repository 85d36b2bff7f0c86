#pragma once
#include <span>

#include "sim/dispatcher.hpp"

namespace splitbench {

/// The rate, in bit/s, at which the busiest NIC carried chunks while it was busy, as they were
/// really handed over: a hand-over behind the moment that the link named makes it less than
/// configured.
double link_rate_achieved(std::span<const Dispatcher::Transferred>, Time latency);

}  // namespace splitbench
