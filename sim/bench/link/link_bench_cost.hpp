#pragma once
#include <string>
#include <vector>

#include "sim/bench/link/link_bench_wire.hpp"

namespace splitbench {

/// What it costs to move bytes by one way, medians of all rounds.
struct PathCost {
  std::string path;        ///< product, bare or asio
  bool payload_hash;       ///< the product's
  double bytes_per_cpu_s;  ///< of CPU time in the kernel and outside it, of both processes
  double bytes_per_s;
  double against_bare;  ///< bytes a CPU second against the bare loop's of the same round
};

struct LinkCost {
  std::uint64_t bytes = 0;  ///< of each path in each round
  int rounds = 0;
  std::uint32_t streams = 1;  ///< of the product's
  bool bulk_threads = false;
  std::vector<PathCost> paths;
};

/// Moves the same bytes by the product's unshaped path, by a loop of blocking send and recv, and by
/// asio's own async_write and async_read of whole chunks; the latter two over one connection; from
/// and into buffers of the same size, in turns. `bytes` are rounded up to whole chunks.
LinkCost measure_cost(const WireOptions&, std::uint64_t bytes, int rounds);

std::string link_cost_table(const LinkCost&);
std::string link_cost_json(const LinkCost&);

}  // namespace splitbench
