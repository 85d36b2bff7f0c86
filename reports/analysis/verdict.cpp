#include "reports/analysis/verdict.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <vector>

#include "reports/analysis/mean.hpp"
#include "reports/analysis/student_t.hpp"

namespace splitbench {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"stable", "backlogged", "overloaded"};
constexpr double kMostlyWaiting = 0.5;
constexpr double kMuchGrowth = 0.5;
constexpr std::size_t kFewestForGrowth = 8;

/// A line through points: what it rises from the first to the last, and whether that is above 0 at
/// 95%.
struct Rise {
  double height = 0;
  bool certain = false;
};

Rise rise_of(const std::vector<double>& x, const std::vector<double>& y) {
  const double mean_x = mean(x), mean_y = mean(y);
  double xx = 0, xy = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
  }
  if (x.size() < kFewestForGrowth || xx == 0) return {};
  const double slope = xy / xx;
  const auto [first, last] = std::ranges::minmax(x);
  const std::size_t degrees = x.size() - 2;
  const double residual = std::max(0.0, yy - slope * xy);
  const double error = std::sqrt(residual / static_cast<double>(degrees) / xx);
  return {.height = slope * (last - first), .certain = slope > student_t(0.95, degrees) * error};
}

}  // namespace

std::string_view name(Verdict verdict) {
  return kNames[static_cast<std::size_t>(verdict)];
}

Verdict verdict_of(const Waits& waits) {
  assert(!waits.ttft.empty());
  const double ttft = mean(waits.ttft);
  const Rise rise = rise_of(waits.arrival, waits.ttft);
  if (rise.certain && rise.height > kMuchGrowth * ttft) return Verdict::overloaded;
  const double waiting = waits.waiting / static_cast<double>(waits.ttft.size());
  return waiting > kMostlyWaiting * ttft ? Verdict::backlogged : Verdict::stable;
}

}  // namespace splitbench
