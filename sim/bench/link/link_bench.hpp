#pragma once
#include <span>
#include <string>

namespace splitbench {

/// `splitbench link bench`: measures the shaped link alone, between processes, against the clock.
void link_bench(std::span<const std::string> arguments);

}  // namespace splitbench
