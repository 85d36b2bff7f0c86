#pragma once
#include <map>
#include <span>
#include <string>

#include "workloads/timeline.hpp"

namespace splitbench {

/// What an arm costs the computing beside it, against raw, as shares: 0.02 is 2% more time.
///
///   prefill_slowdown   active prefill_compute time of a job (its requests are prefilled together
///                      and count once), against raw's job of the same requests in the same repeat
///   decode_slowdown    mean time between a request's tokens while it was alone in its worker's
///                      batch, against raw's same request in the same repeat. Alone, because
///                      another batch size makes another step, and a faster transfer makes larger
///                      batches.
///   ..._upper95        the mean's one-sided upper bound at 95% over these pairs, by Student's t;
///                      the pairs count as independent
///
/// A figure without a pair, a bound without two, and all figures of raw itself are absent.
std::map<std::string, double> slowdown(std::span<const RunRecord> runs, const std::string& arm);

}  // namespace splitbench
