#pragma once
#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <ranges>

namespace splitbench {

/// The exact q-quantile (0 <= q <= 1) of samples in ascending order, by linear interpolation
/// between the closest ranks: of n samples it lies at position q * (n - 1), counted from 0. This is
/// numpy's default. Needs a sample.
template <std::ranges::random_access_range Samples>
double quantile(const Samples& ascending, double q) {
  const auto n = static_cast<std::size_t>(std::ranges::size(ascending));
  assert(n > 0 && 0 <= q && q <= 1 && std::ranges::is_sorted(ascending));
  const double position = q * static_cast<double>(n - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, n - 1);
  return std::lerp(static_cast<double>(ascending[below]), static_cast<double>(ascending[above]),
                   position - std::floor(position));
}

}  // namespace splitbench
