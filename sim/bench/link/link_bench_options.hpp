#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/bench/link/link_bench_case.hpp"
#include "sim/bench/link/link_bench_wire.hpp"

namespace splitbench {

/// The options of a command line of `splitbench link bench`.
struct LinkBenchOptions {
  WireOptions wire;
  std::vector<LinkBenchCase> cases;
  bool cost = false;             ///< measures the transport's cost instead of the cases
  std::uint64_t cost_bytes = 0;  ///< bytes moved by each path in each round
  int rounds = 0;
  bool json = false;
};

/// Returns the options, or none if help was asked for and has been printed. Throws InputError.
std::optional<LinkBenchOptions> parse_link_bench(std::span<const std::string> arguments);

}  // namespace splitbench
