#pragma once
#include <cstdint>

#include "sim/bench/drift/drift_lab.hpp"

namespace splitbench {

/// The cost of watching for drift if there is none.
struct SamplingCost {
  /// The time to encode over that without any sampling, minus 1.
  struct Share {
    double median = 0;
    double noise = 0;  ///< range of the middle half of the rounds
  };
  Share watching;  ///< policy recalibrate, whose keeper samples when frames give it cause
  Share always;    ///< every piece sampled
  std::uint64_t rounds = 0;
  std::uint64_t round_bytes = 0;
};

/// Encodes jobs that have not drifted, in turn without samples and in both of these ways, and times
/// them on the backend's clock. The spec's kind, drift and cases do not count.
SamplingCost measure_sampling(const DriftLabSpec&);

}  // namespace splitbench
