#pragma once
#include <span>

namespace splitbench {

/// The arithmetic mean. Needs a sample.
double mean(std::span<const double> samples);

/// The standard deviation of the samples themselves (divided by n, not n - 1). Needs a sample.
double standard_deviation(std::span<const double> samples);

}  // namespace splitbench
