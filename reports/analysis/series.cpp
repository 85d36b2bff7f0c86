#include "reports/analysis/series.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>

#include "reports/json.hpp"
#include "workloads/partition.hpp"

namespace splitbench {
namespace {

constexpr std::int64_t kBins = 100;

/// Returns the value with four digits, halves away from zero: values that are only drawn need no
/// more.
double four_digits(double value) {
  if (value == 0) return 0;
  const double unit = std::pow(10, std::floor(std::log10(std::abs(value))) - 3);
  return unit < 1 ? std::round(value / unit) / std::round(1 / unit)
                  : std::round(value / unit) * unit;
}

/// Integrals, over each bin, of levels that hold for a while.
class Bins {
 public:
  Bins(Time begin, Time bin) : begin_(begin), bin_(bin) {}

  void add(Time from, Time to, double level) {
    if (to <= from) return;
    change(from, level);
    change(to, -level);
  }

  /// Adds an amount at one moment.
  void add(Time at, double amount) { direct_[index(at)] += amount; }

  std::vector<double> means() const {
    std::vector<double> means(kBins);
    double level = 0;
    for (std::size_t i = 0; i < kBins; ++i) {
      const double integral = direct_[i] + level * seconds(bin_);
      means[i] = four_digits(std::max(0.0, integral / seconds(bin_)));
      level += steps_[i];
      if (std::abs(level) < kRounding * peak_) level = 0;
    }
    return means;
  }

 private:
  static constexpr double kRounding = 1e-12;

  std::size_t index(Time at) const {
    return static_cast<std::size_t>(std::clamp<std::int64_t>((at - begin_) / bin_, 0, kBins - 1));
  }

  /// Raises the level by `step` from `at` on.
  void change(Time at, double step) {
    const std::size_t i = index(at);
    const Time end = begin_ + bin_ * static_cast<std::int64_t>(i + 1);
    direct_[i] += step * seconds(end - std::min(at, end));
    steps_[i] += step;
    peak_ = std::max(peak_, std::abs(step));
  }

  Time begin_, bin_;
  std::vector<double> direct_ = std::vector<double>(kBins);
  std::vector<double> steps_ = std::vector<double>(kBins);
  double peak_ = 0;
};

/// Returns the elements per byte of the run's KV, which is all of one type; 0 if nothing was sent.
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

/// Returns the changes, each placed at the last request of the job after which it was made.
std::vector<DriftSeries::Change> changes_of(const RunRecord& run) {
  std::map<std::uint64_t, std::uint64_t> last_request;  // last request by job
  for (const Transfer& transfer : run.transfers)
    if (!transfer.requests.empty()) last_request[transfer.id] = std::ranges::max(transfer.requests);
  std::map<std::uint64_t, std::uint64_t> codebooks;  // changes by request
  for (const CodebookChange& change : run.codebook_changes) {
    const auto after = last_request.upper_bound(change.job);
    if (after != last_request.begin()) ++codebooks[std::prev(after)->second];
  }
  std::vector<DriftSeries::Change> changes;
  for (const auto& [request, count] : codebooks) changes.push_back({request, count});
  return changes;
}

/// Returns the mean of the points that have the figure.
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

Series series_of(const RunRecord& run) {
  Time begin = Time::max(), end = Time::min();
  for (const Timeline& timeline : run.timelines) {
    if (timeline.status != Status::ok) continue;
    begin = std::min(begin, timeline.arrival);
    end = std::max(end, timeline.last_token);
  }
  if (end <= begin) return {};

  const Time bin = (end - begin) / kBins + Time(1);
  Bins waiting(begin, bin), link(begin, bin), completed(begin, bin);
  for (const Timeline& timeline : run.timelines) {
    if (timeline.status != Status::ok) continue;
    waiting.add(timeline.arrival, timeline.prefill_begin, 1);
    completed.add(timeline.last_token, 1);
  }
  for (const Transfer& transfer : run.transfers)
    if (transfer.end > transfer.start)
      link.add(
          transfer.start, transfer.end,
          8 * static_cast<double>(transfer.wire_bytes) / seconds(transfer.end - transfer.start));
  return {.begin = begin,
          .bin = bin,
          .waiting = waiting.means(),
          .link_rate = link.means(),
          .throughput = completed.means()};
}

bool watches_drift(const RunRecord& run) {
  return !run.codebook_changes.empty() || std::ranges::any_of(run.timelines, [](const Timeline& t) {
    return t.drift > 0 || t.ideal_bytes > 0;
  });
}

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
