#include "reports/validation/time_error.hpp"

#include <algorithm>
#include <cmath>

#include "workloads/statistics.hpp"

namespace splitbench {
namespace {

std::optional<double> pearson_of(const std::vector<TimePair>& pairs, double real_mean,
                                 double virtual_mean) {
  const auto constant = [&pairs](double TimePair::*time) {
    return std::ranges::all_of(pairs, [&](const TimePair& p) { return p.*time == pairs[0].*time; });
  };
  if (constant(&TimePair::real) || constant(&TimePair::virtual_time)) return std::nullopt;
  double both = 0, real = 0, virtual_time = 0;
  for (const TimePair& pair : pairs) {
    const double r = pair.real - real_mean, v = pair.virtual_time - virtual_mean;
    both += r * v;
    real += r * r;
    virtual_time += v * v;
  }
  return both / std::sqrt(real * virtual_time);
}

}  // namespace

TimeError time_error(std::string arm, std::string figure, const std::vector<TimePair>& pairs) {
  TimeError error{.arm = std::move(arm), .figure = std::move(figure), .requests = pairs.size()};
  std::vector<double> signed_errors, sizes;
  for (const TimePair& pair : pairs) {
    error.real_mean += pair.real / static_cast<double>(pairs.size());
    error.virtual_mean += pair.virtual_time / static_cast<double>(pairs.size());
    if (pair.real == 0) continue;
    signed_errors.push_back((pair.virtual_time - pair.real) / pair.real);
    sizes.push_back(std::abs(signed_errors.back()));
  }
  error.bias = error.virtual_mean - error.real_mean;
  error.pearson = pearson_of(pairs, error.real_mean, error.virtual_mean);
  if (sizes.empty()) return error;
  error.mean_percentage_error = mean(signed_errors);
  error.mape = mean(sizes);
  std::ranges::sort(sizes);
  error.p50 = quantile(sizes, 0.5);
  error.p99 = quantile(sizes, 0.99);
  return error;
}

}  // namespace splitbench
