#pragma once
#include <string>
#include <vector>

#include "sim/bench/link/link_bench_wire.hpp"

namespace splitbench {

/// The cost of moving bytes by one path; medians of all rounds.
struct PathCost {
  std::string path;        ///< product, bare or asio
  bool payload_hash;       ///< true if the product hashes payloads
  double bytes_per_cpu_s;  ///< bytes per second of CPU time in the kernel and outside it, of both
                           ///< processes
  double bytes_per_s;
  double against_bare;  ///< bytes per CPU second relative to the bare loop's in the same round
};

/// The costs of all paths.
struct LinkCost {
  std::uint64_t bytes = 0;  ///< bytes of each path in each round
  int rounds = 0;
  std::uint32_t streams = 1;  ///< streams of the product
  bool bulk_threads = false;
  std::vector<PathCost> paths;
};

/// Moves the same bytes over the product's unshaped path, by a loop of blocking send and recv, and
/// by asio's own async_write and async_read of whole chunks, from and into buffers of the same
/// size, in turns; the latter two paths use one connection. `bytes` is rounded up to whole chunks.
/// Throws std::runtime_error with what a process could not do.
LinkCost measure_cost(const WireOptions&, std::uint64_t bytes, int rounds);

std::string link_cost_table(const LinkCost&);
std::string link_cost_json(const LinkCost&);

}  // namespace splitbench
