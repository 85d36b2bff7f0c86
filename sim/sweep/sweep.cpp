#include "sim/sweep/sweep.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "reports/html/html.hpp"
#include "reports/json.hpp"
#include "workloads/files.hpp"

namespace splitbench {

using namespace std::chrono_literals;

Sweep::Sweep(SweepPlan plan, const SweepFolder& folder)
    : meta_(std::move(plan.meta)),
      axes_(std::move(plan.axes)),
      folder_(folder.path()),
      progress_(plan.points.size()) {
  for (PlannedPoint& planned : plan.points) {
    if (planned.point.failure.empty()) {
      runs_.push_back({folder.path() / planned.point.folder, std::move(planned.scenario_yaml),
                       std::move(planned.inputs), planned.time});
      run_of_.push_back(points_.size());
    }
    points_.push_back(std::move(planned.point));
  }
}

void Sweep::run(std::size_t jobs, LockedFolder::Foreign foreign) {
  for (const SweepPoint& point : points_)
    if (!point.failure.empty()) progress_.failed(point_name(axes_, point.values), point.failure);
  try {
    PointRunner(jobs, foreign).run(runs_, [&](std::size_t index, PointEnd end) {
      take(run_of_[index], std::move(end));
      if (Clock::now() >= next_publish_) publish();
    });
  } catch (const Interrupted&) {
    progress_.clear();
    publish();
    throw;
  }
  progress_.clear();
  publish();
}

void Sweep::take(std::size_t index, PointEnd end) {
  SweepPoint& point = points_[index];
  const std::string name = point_name(axes_, point.values);
  if (!end.report)
    progress_.failed(name, end.failure);
  else
    end.kept ? progress_.kept(name) : progress_.done(name);
  point.report = std::move(end.report);
  point.failure = std::move(end.failure);
  if (!point.report || axes_.empty()) return;
  point.report->histograms.clear();  // kept in the point's folder; thousands would fill memory
  point.report->series.clear();
}

/// Writes the reports: a hundredth of the time is spent on it at most, and never twice in a second.
void Sweep::publish() {
  const Clock::time_point began = Clock::now();
  const Report so_far = report();
  write_file(folder_ / "report.html", to_html(so_far));
  write_file(folder_ / "report.json", to_json(so_far));
  const Clock::time_point ended = Clock::now();
  next_publish_ = ended + std::max<Clock::duration>(1s, 100 * (ended - began));
}

std::vector<std::string> Sweep::failures() const {
  std::vector<std::string> failures;
  for (const SweepPoint& point : points_)
    if (!point.failure.empty())
      failures.push_back(
          fmt::format("{} ({}): {}", point_name(axes_, point.values), point.folder, point.failure));
  return failures;
}

std::size_t Sweep::done() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      points_, [](const SweepPoint& point) { return point.report.has_value(); }));
}

Report Sweep::report() const {
  return aggregate(meta_, axes_, points_);
}

}  // namespace splitbench
