#include "reports/analysis/series.hpp"

#include <algorithm>
#include <cmath>

#include "reports/analysis/digits.hpp"

namespace splitbench {
namespace {

constexpr std::int64_t kBins = 100;

/// The integral over each bin of levels that hold for a while.
class Bins {
 public:
  Bins(Time begin, Time bin) : begin_(begin), bin_(bin) {}

  void add(Time from, Time to, double level) {
    if (to <= from) return;
    change(from, level);
    change(to, -level);
  }

  /// An amount at once.
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

  /// From `at` on the level is `step` higher.
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

}  // namespace splitbench
