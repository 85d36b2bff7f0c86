#pragma once
#include <cstdint>

#include "sim/drift_lab.hpp"

namespace splitbench {

/// What watching for drift costs where there is none.
struct SamplingCost {
  double share = 0;  ///< time to encode with sampling over that without, minus 1: the median
  double noise = 0;  ///< range of the middle half of the rounds
  std::uint64_t rounds = 0;
  std::uint64_t round_bytes = 0;
};

/// Encodes jobs that have not drifted, in turn as a keeper of policy recalibrate wants it, which
/// samples now and then, and as one that never does; by the clock of the backend. The spec's kind
/// and cases do not count.
SamplingCost measure_sampling(const DriftLabSpec&);

}  // namespace splitbench
