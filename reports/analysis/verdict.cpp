#include "reports/analysis/verdict.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <vector>

#include "workloads/statistics.hpp"

namespace splitbench {
namespace {

constexpr double kMostlyWaiting = 0.5;
constexpr double kMuchGrowth = 0.5;
constexpr std::size_t kFewestForGrowth = 8;

/// The rise of TTFT from the first arrival to the last, in seconds, and whether it is above 0 at
/// 95%.
struct Rise {
  double height = 0;
  bool certain = false;
};

Rise rise_of(const Waits& waits) {
  const std::size_t requests = waits.ttft.size();
  if (requests < kFewestForGrowth) return {};
  std::vector<LinePoint> points;
  for (std::size_t i = 0; i < requests; ++i)
    points.push_back({.x = waits.arrival[i], .y = waits.ttft[i]});
  const Line line = fit_line(points);
  const auto [first, last] = std::ranges::minmax(waits.arrival);
  return {.height = line.slope * (last - first),
          .certain = line.slope > student_t(0.95, requests - 2) * line.error_of_slope};
}

}  // namespace

Verdict verdict_of(const Waits& waits) {
  assert(!waits.ttft.empty());
  const double ttft = mean(waits.ttft);
  const Rise rise = rise_of(waits);
  if (rise.certain && rise.height > kMuchGrowth * ttft) return Verdict::overloaded;
  const double waiting = waits.waiting / static_cast<double>(waits.ttft.size());
  return waiting > kMostlyWaiting * ttft ? Verdict::backlogged : Verdict::stable;
}

}  // namespace splitbench
