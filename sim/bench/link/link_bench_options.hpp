#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/bench/link/link_bench_case.hpp"
#include "sim/bench/link/link_bench_wire.hpp"

namespace splitbench {

/// What a command line of `splitbench link bench` asks for.
struct LinkBenchOptions {
  WireOptions wire;
  std::vector<LinkBenchCase> cases;
  bool cost = false;             ///< instead of the cases: what the transport costs
  std::uint64_t cost_bytes = 0;  ///< moved by each path in each of these
  int rounds = 0;
  bool json = false;
};

/// Throws InputError. None when help was asked for, and has been printed.
std::optional<LinkBenchOptions> parse_link_bench(std::span<const std::string> arguments);

}  // namespace splitbench
