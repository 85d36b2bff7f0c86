#include "reports/analysis/drift_series.hpp"

#include <algorithm>
#include <map>
#include <span>

#include "reports/analysis/digits.hpp"
#include "reports/analysis/drift_figures.hpp"
#include "reports/json_names.hpp"
#include "workloads/partition.hpp"

namespace splitbench {
namespace {

/// Of the run's KV, which is all of one type; 0 where nothing was sent.
double elements_per_byte(const RunRecord& run) {
  double elements = 0, bytes = 0;
  for (const Transfer& transfer : run.transfers) {
    elements += static_cast<double>(transfer.elements);
    bytes += static_cast<double>(transfer.raw_bytes);
  }
  return bytes > 0 ? elements / bytes : 0;
}

std::optional<double> share(double of, double whole) {
  return whole > 0 ? std::optional(four_digits(of / whole)) : std::nullopt;
}

DriftSeries::Point point_of(std::span<const Timeline* const> requests, double per_byte) {
  double drift = 0, raw = 0, wire = 0, comparable = 0, ideal = 0, escapes = 0, transfer = 0,
         ttft = 0;
  for (const Timeline* timeline : requests) {
    const Partition times = partition(*timeline);
    drift += timeline->drift;
    raw += static_cast<double>(timeline->raw_bytes);
    wire += static_cast<double>(timeline->wire_bytes);
    comparable += timeline->ideal_bytes > 0 ? static_cast<double>(timeline->raw_bytes) : 0;
    ideal += static_cast<double>(timeline->ideal_bytes);
    escapes += static_cast<double>(timeline->escapes);
    transfer += seconds(times.transfer);
    ttft += seconds(times.ttft);
  }
  const auto count = static_cast<double>(requests.size());
  DriftSeries::Point point;
  point.request = requests.front()->request.id;
  point.drift = four_digits(drift / count);
  point.ratio = share(raw, wire);
  point.ideal_ratio = share(comparable, ideal);
  point.escape_rate = share(escapes, raw * per_byte);
  point.transfer = share(transfer, count);
  point.ttft = share(ttft, count);
  return point;
}

/// A change is placed at the last request of the job after which it was made.
std::vector<DriftSeries::Change> changes_of(const RunRecord& run) {
  std::map<std::uint64_t, std::uint64_t> last_request;  // by job
  for (const Transfer& transfer : run.transfers)
    if (!transfer.requests.empty()) last_request[transfer.id] = std::ranges::max(transfer.requests);
  std::map<std::uint64_t, std::uint64_t> codebooks;  // by request
  for (const CodebookChange& change : run.codebook_changes) {
    const auto after = last_request.upper_bound(change.job);
    if (after != last_request.begin()) ++codebooks[std::prev(after)->second];
  }
  std::vector<DriftSeries::Change> changes;
  for (const auto& [request, count] : codebooks) changes.push_back({request, count});
  return changes;
}

/// Of those that have the figure.
std::optional<double> mean_of(std::span<const DriftSeries::Point> points,
                              std::optional<double> DriftSeries::Point::*figure) {
  double sum = 0, count = 0;
  for (const DriftSeries::Point& point : points) {
    sum += (point.*figure).value_or(0);
    count += (point.*figure).has_value();
  }
  return share(sum, count);
}

DriftSeries::Point mean_of(std::span<const DriftSeries::Point> points) {
  DriftSeries::Point mean;
  mean.request = points.front().request;
  for (const DriftSeries::Point& point : points)
    mean.drift += point.drift / static_cast<double>(points.size());
  mean.drift = four_digits(mean.drift);
  for (const auto& [key, figure] : kDriftFigures) mean.*figure = mean_of(points, figure);
  return mean;
}

}  // namespace

std::optional<DriftSeries> drift_series_of(const RunRecord& run) {
  if (!watches_drift(run)) return std::nullopt;
  std::vector<const Timeline*> requests;
  for (const Timeline& timeline : run.timelines)
    if (timeline.status == Status::ok) requests.push_back(&timeline);
  std::ranges::sort(requests, {}, [](const Timeline* timeline) { return timeline->request.id; });

  DriftSeries series{.axes = {{"arm", run.arm}}, .points = {}, .changes = changes_of(run)};
  const double per_byte = elements_per_byte(run);
  const std::span<const Timeline* const> all = requests;
  const std::size_t points = std::min(kDriftPoints, all.size());
  for (std::size_t i = 0; i < points; ++i) {
    const std::size_t begin = all.size() * i / points, end = all.size() * (i + 1) / points;
    series.points.push_back(point_of(all.subspan(begin, end - begin), per_byte));
  }
  return series;
}

DriftSeries thinned(const DriftSeries& series) {
  DriftSeries thin{.axes = series.axes, .points = {}, .changes = series.changes};
  const std::span<const DriftSeries::Point> all = series.points;
  const std::size_t points = std::min(kDriftPoints, all.size());
  for (std::size_t i = 0; i < points; ++i) {
    const std::size_t begin = all.size() * i / points, end = all.size() * (i + 1) / points;
    thin.points.push_back(mean_of(all.subspan(begin, end - begin)));
  }
  return thin;
}

}  // namespace splitbench
