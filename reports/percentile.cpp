#include "reports/percentile.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <functional>
#include <numeric>

namespace splitbench {

double quantile(std::span<const double> ascending, double q) {
  assert(!ascending.empty() && 0 <= q && q <= 1 && std::ranges::is_sorted(ascending));
  const double position = q * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, ascending.size() - 1);
  return std::lerp(ascending[below], ascending[above], position - std::floor(position));
}

double mean(std::span<const double> samples) {
  assert(!samples.empty());
  return std::accumulate(samples.begin(), samples.end(), 0.0) / static_cast<double>(samples.size());
}

double standard_deviation(std::span<const double> samples) {
  const double center = mean(samples);
  const double squares = std::transform_reduce(
      samples.begin(), samples.end(), 0.0, std::plus{},
      [center](double sample) { return (sample - center) * (sample - center); });
  return std::sqrt(squares / static_cast<double>(samples.size()));
}

}  // namespace splitbench
