#pragma once
#include <span>

#include "workers/device/codec_cost.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// The cost of one stage of the codec in a run, and alone just after it, at the same pace.
struct PairedCosts {
  MedianCost seen, alone;
};

/// Returns how much longer the stage took in the runs than alone, minus 1, with its 95% interval.
/// The pairs are averaged as logarithms; the error holds those of all medians, or how far the pairs
/// differ among themselves if that is more. Returns 0 ± 0 if nothing was coded.
Estimate stage_inflation(std::span<const PairedCosts> runs);

}  // namespace splitbench
