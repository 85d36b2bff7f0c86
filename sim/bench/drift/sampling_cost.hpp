#pragma once
#include <cstdint>

#include "sim/bench/drift/drift_lab.hpp"

namespace splitbench {

/// What watching for drift costs where there is none.
struct SamplingCost {
  /// Time to encode over that without any sampling, minus 1.
  struct Share {
    double median = 0;
    double noise = 0;  ///< range of the middle half of the rounds
  };
  Share watching;  ///< with a keeper of policy recalibrate, which samples when frames give it cause
  Share always;    ///< were every piece sampled
  std::uint64_t rounds = 0;
  std::uint64_t round_bytes = 0;
};

/// Encodes jobs that have not drifted, in turn without samples and in both of these ways; by the
/// clock of the backend. The spec's kind and cases do not count.
SamplingCost measure_sampling(const DriftLabSpec&);

}  // namespace splitbench
