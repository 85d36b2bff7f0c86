#include "reports/analysis/mean.hpp"

#include <cassert>
#include <cmath>
#include <functional>
#include <numeric>

namespace splitbench {

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
