#include "sim/run/real/stage_inflation.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "workloads/statistics.hpp"

namespace splitbench {

Estimate stage_inflation(std::span<const PairedCosts> runs) {
  constexpr double kTwoSided95 = 1.96;  // of the normal distribution
  std::vector<double> logs;
  double variance = 0;
  for (const auto& [seen, alone] : runs) {
    if (seen.cost <= 0 || alone.cost <= 0) continue;
    logs.push_back(std::log(seen.cost / alone.cost));
    variance += seen.error * seen.error + alone.error * alone.error;
  }
  if (logs.empty()) return {};
  const auto n = static_cast<double>(logs.size());
  variance /= n * n;
  if (logs.size() > 1) {
    const double deviation = standard_deviation(logs);
    variance = std::max(variance, deviation * deviation / (n - 1));
  }
  const double ratio = std::exp(mean(logs));
  return {.value = ratio - 1, .error = ratio * kTwoSided95 * std::sqrt(variance)};
}

}  // namespace splitbench
