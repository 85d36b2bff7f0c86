#pragma once
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "workloads/traces/prefix_index.hpp"
#include "workloads/traces/trace_request.hpp"

namespace splitbench {

/// Of samples, all of them: quantile().
struct Quantiles {
  double mean = 0, p50 = 0, p90 = 0, p99 = 0, max = 0;

  bool operator==(const Quantiles&) const = default;
};

Quantiles quantiles_of(std::vector<double> samples);

/// What a trace is like.
struct TraceStatistics {
  std::uint64_t requests = 0;
  double duration = 0;  ///< s, from the first timestamp to the last
  double rate = 0;      ///< requests over duration; 0 without one
  Quantiles input;      ///< tokens of whole prompts, cached or not
  Quantiles output;

  /// Of the times between timestamps, in order: standard deviation over mean. 1 if they are
  /// exponential, more in bursts.
  double arrival_cv = 0;
  /// Requests in a whole minute from the first timestamp on, least and most; 0 without one.
  std::uint64_t least_per_minute = 0, most_per_minute = 0;
  std::vector<std::uint64_t> arrivals;  ///< in kBins equal parts of the duration

  struct Sessions {
    std::uint64_t count = 0;
    Quantiles turns;  ///< requests of a session, its sub-agents' among them
    Quantiles think;  ///< s, the delays of requests that wait for others
  };
  std::optional<Sessions> sessions;  ///< where the trace names some

  /// What a cache of whole blocks without bounds would find: of each prompt its longest prefix that
  /// an earlier one has, in blocks from the front. Its tokens are those of the blocks, but never
  /// more than the prompt's; all else is uncached.
  struct Prefixes {
    double hit_rate = 0;        ///< cached tokens over tokens
    double block_hit_rate = 0;  ///< likewise over the blocks that the trace lists
    Quantiles uncached;         ///< tokens of a prompt
  };
  std::optional<Prefixes> prefixes;  ///< where the trace has ids of blocks

  struct Bin {
    double from = 0;  ///< tokens; to twice as many
    std::uint64_t requests = 0;
  };
  std::vector<Bin> input_lengths;  ///< from the shortest to the longest, doubling

  static constexpr std::size_t kBins = 60;
};

/// Takes a trace as it is read. Percentiles are exact, so it keeps 20 bytes of each request, and
/// what PrefixIndex needs.
class TraceSummary {
 public:
  void add(const TraceRequest& request);
  /// Of at least one request.
  TraceStatistics statistics() const;

 private:
  std::vector<std::int64_t> timestamps_;  // ns
  std::vector<std::uint32_t> input_, output_, uncached_;
  std::vector<double> think_;  // s
  std::unordered_map<std::string, std::uint32_t> turns_;
  PrefixIndex index_;
  std::uint64_t blocks_ = 0, known_blocks_ = 0;
};

}  // namespace splitbench
