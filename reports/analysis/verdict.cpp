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

/// Returns the means of consecutive requests where there are many: requests of one queue wait for
/// one another, and taken one by one they would make a busy hour look like growth without end.
std::vector<LinePoint> batches_of(const Waits& waits) {
  constexpr std::size_t kBatches = 10;
  const std::size_t requests = waits.ttft.size();
  const std::size_t batches = requests >= 4 * kBatches ? kBatches : requests;
  std::vector<LinePoint> points(batches, {.x = 0, .y = 0});
  std::vector<double> counts(batches);
  for (std::size_t i = 0; i < requests; ++i) {
    const std::size_t batch = i * batches / requests;
    points[batch].x += waits.arrival[i];
    points[batch].y += waits.ttft[i];
    ++counts[batch];
  }
  for (std::size_t batch = 0; batch < batches; ++batch) {
    points[batch].x /= counts[batch];
    points[batch].y /= counts[batch];
  }
  return points;
}

Rise rise_of(const Waits& waits) {
  if (waits.ttft.size() < kFewestForGrowth) return {};
  const std::vector<LinePoint> points = batches_of(waits);
  const Line line = fit_line(points);
  const auto [first, last] = std::ranges::minmax(waits.arrival);
  return {.height = line.slope * (last - first),
          .certain = line.slope > student_t(0.95, points.size() - 2) * line.error_of_slope};
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
