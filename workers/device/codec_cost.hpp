#pragma once
#include <chrono>
#include <cstdint>
#include <vector>

namespace splitbench {

/// The codec's time for one chunk.
struct ChunkCost {
  double nanoseconds = 0;
  std::uint64_t bytes = 0;  ///< raw bytes of the chunk
};

/// The median cost of chunks.
struct MedianCost {
  double cost = 0;   ///< nanoseconds per byte; 0 without chunks
  double error = 0;  ///< its standard error, as a share of it
};

/// Returns the median cost, weighted by bytes: half of the bytes cost less and half more, since a
/// job's chunks have several sizes and small ones cost more per byte. The error is a quarter of the
/// width of the median's 95% interval by order statistics, as if chunks were independent; fewer
/// than six have no such interval, and count as if they were spread by a fifth.
MedianCost median_cost(std::vector<ChunkCost>);

/// The moments at which a stage began with the chunks of a job, from the first on, in the order of
/// its plan; counted from the first moment of the first job of a list.
struct JobPace {
  std::vector<std::uint64_t> tokens;  ///< KV tokens of each of the job's requests
  std::vector<std::chrono::nanoseconds> begins;
};

}  // namespace splitbench
