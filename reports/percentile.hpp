#pragma once
#include <span>

namespace splitbench {

/// The exact q-quantile (0 <= q <= 1) of samples in ascending order, by linear interpolation
/// between the closest ranks: of n samples it lies at position q * (n - 1), counted from 0. This is
/// numpy's default. Needs a sample.
double quantile(std::span<const double> ascending, double q);

/// The arithmetic mean. Needs a sample.
double mean(std::span<const double> samples);

/// The standard deviation of the samples themselves (divided by n, not n - 1). Needs a sample.
double standard_deviation(std::span<const double> samples);

}  // namespace splitbench
