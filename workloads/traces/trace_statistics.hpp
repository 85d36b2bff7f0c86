#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "workloads/traces/prefix_index.hpp"
#include "workloads/traces/trace_request.hpp"

namespace splitbench {

/// The mean, exact quantiles and maximum of samples, as quantile() defines them.
struct Quantiles {
  double mean = 0, p50 = 0, p90 = 0, p99 = 0, max = 0;

  bool operator==(const Quantiles&) const = default;
};

/// Returns the quantiles of samples in any order; all are 0 if there are none.
Quantiles quantiles_of(std::vector<double> samples);

/// The statistics of a trace.
struct TraceStatistics {
  std::uint64_t requests = 0;
  double duration = 0;  ///< seconds between the first timestamp and the last
  double rate = 0;      ///< requests per second; 0 if the duration is 0
  Quantiles input;      ///< tokens of whole prompts, cached or not
  Quantiles output;     ///< output tokens

  /// The standard deviation over the mean of the times between timestamps, in order: 1 if they are
  /// exponential, more in bursts. 0 if the duration is 0.
  double arrival_cv = 0;
  /// The least and most requests in a whole minute from the first timestamp on; 0 if the trace is
  /// shorter than a minute.
  std::uint64_t least_per_minute = 0, most_per_minute = 0;
  /// The number of requests in each of kBins equal parts of the duration; empty if that is 0.
  std::vector<std::uint64_t> arrivals;

  struct Sessions {
    std::uint64_t count = 0;
    Quantiles turns;  ///< number of requests of a session, its sub-agents' among them
    Quantiles think;  ///< seconds, the delays of requests that wait for others
  };
  std::optional<Sessions> sessions;  ///< set if the trace names some

  /// The hits that a cache of whole blocks without bounds would have: of each prompt its longest
  /// prefix that an earlier one has, in blocks from the front. The cached tokens are those of these
  /// blocks, but never more than the prompt's; all else is uncached.
  struct Prefixes {
    double hit_rate = 0;  ///< cached tokens over tokens
    /// Cached blocks over the blocks that the trace lists; tokens are blocks of one where it states
    /// prefixes.
    double block_hit_rate = 0;
    Quantiles uncached;  ///< uncached tokens of a prompt
  };
  std::optional<Prefixes> prefixes;  ///< set if the trace has ids of blocks, or states prefixes

  struct Bin {
    double from = 0;  ///< tokens; the bin ends at twice as many
    std::uint64_t requests = 0;
  };
  std::vector<Bin> input_lengths;  ///< bins that double in width, shortest prompts first

  static constexpr std::size_t kBins = 60;
};

/// Collects the statistics of a trace as it is read. Percentiles are exact, so it keeps 20 bytes of
/// each request, 8 more of one that waits, an entry for each session, and what PrefixIndex needs.
/// Not thread-safe.
class TraceSummary {
 public:
  void add(const TraceRequest& request);
  /// Returns the statistics of the requests added. At least one request must have been added.
  TraceStatistics statistics() const;
  /// Returns the quantiles of a function of each prompt's tokens, or of those that are not cached,
  /// if the trace has prefixes.
  Quantiles of_input(const std::function<double(std::uint64_t tokens)>&) const;
  Quantiles of_uncached(const std::function<double(std::uint64_t tokens)>&) const;

 private:
  std::vector<std::int64_t> timestamps_;  // ns
  std::vector<std::uint32_t> input_, output_, uncached_;
  std::vector<double> think_;  // s
  std::unordered_map<std::string, std::uint32_t> turns_;
  PrefixIndex index_;
  std::uint64_t blocks_ = 0, known_blocks_ = 0;
};

}  // namespace splitbench
