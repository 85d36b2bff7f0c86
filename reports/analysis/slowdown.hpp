#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "workloads/timeline.hpp"

namespace splitbench {

/// The slowdown that arms cause in the computing beside them, against raw, as shares: 0.02 is 2%
/// more time.
///
///   prefill_slowdown   active prefill_compute time of a job (its requests are prefilled together
///                      and count once), against raw's job of the same requests in the same repeat
///                      that had as much of them cached
///   decode_slowdown    mean time between a request's tokens while it was alone in its worker's
///                      batch, against raw's same request in the same repeat. Alone, because
///                      another batch size makes another step, and a faster transfer makes larger
///                      batches.
///   ..._upper95        the mean's one-sided upper bound at 95% over these pairs, by Student's t;
///                      the pairs count as independent
///
/// A figure without a pair, a bound without two, and all figures of raw itself are absent.
class Slowdown {
 public:
  void add(const RunRecord& run);

  std::map<std::string, double> figures(const std::string& arm) const;

 private:
  /// A measurement of some requests together, in seconds. `requests` is a hash of their ids, for
  /// prefill also of their cached tokens.
  struct Sample {
    std::uint64_t requests;
    double seconds;
  };
  using Samples = std::vector<Sample>;  // sorted by `requests`
  using Repeats = std::map<int, Samples>;

  static Samples prefill_times(const RunRecord& run);
  static Samples token_times(const RunRecord& run);
  static std::vector<double> shares(const Repeats& raw, const Repeats& arm);

  std::map<std::string, Repeats> prefill_, tokens_;  // repeats by arm
};

}  // namespace splitbench
