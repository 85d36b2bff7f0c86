#include "reports/text/histogram_axis.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "reports/quantity_text.hpp"

namespace splitbench {
namespace {

constexpr double kLogarithmicFrom = 30;
constexpr double kLeastWidth = 0.02;  // of the largest: fewer nanoseconds are no distribution
constexpr std::size_t kMostTicks = 8;

/// 1, 2 or 5 times a power of ten, and no less than `least`.
double round_up(double least) {
  const double decade = std::pow(10, std::floor(std::log10(least)));
  for (const double digit : {1.0, 2.0, 5.0})
    if (digit * decade >= least) return digit * decade;
  return 10 * decade;
}

}  // namespace

HistogramAxis::HistogramAxis(std::span<const Histogram> histograms, std::size_t columns)
    : low_(std::numeric_limits<double>::max()), high_(0), columns_(columns) {
  bool any_zero = false;
  for (const Histogram& histogram : histograms)
    for (const Histogram::Bucket& bucket : histogram.buckets()) {
      any_zero = any_zero || bucket.low == Time{0};
      if (bucket.low > Time{0}) low_ = std::min(low_, seconds(bucket.low));
      high_ = std::max(high_, seconds(bucket.low + bucket.width));
    }
  assert(high_ > 0);
  low_ = std::min(low_, high_ * (1 - kLeastWidth));
  logarithmic_ = high_ / low_ > kLogarithmicFrom;
  if (any_zero && !logarithmic_) low_ = 0;
}

double HistogramAxis::position_of(double duration) const {
  const double share = logarithmic_
                           ? std::log(std::max(duration, low_) / low_) / std::log(high_ / low_)
                           : (duration - low_) / (high_ - low_);
  return std::clamp(share, 0.0, 1.0) * static_cast<double>(columns_);
}

std::size_t HistogramAxis::column_of(double duration) const {
  return std::min(static_cast<std::size_t>(position_of(duration)), columns_ - 1);
}

std::vector<double> HistogramAxis::round_durations() const {
  std::vector<double> durations;
  if (!logarithmic_) {
    const double step = round_up((high_ - low_) / kMostTicks);
    for (double multiple = std::ceil(low_ / step); multiple * step <= high_; ++multiple)
      durations.push_back(multiple * step);
    return durations;
  }
  const double decades = std::log10(high_ / low_);
  const double every = std::max(1.0, std::ceil(decades / kMostTicks));
  for (double power = std::floor(std::log10(low_)); std::pow(10, power) <= high_; power += every)
    for (const double digit : {1.0, 2.0, 5.0})
      if (digit == 1 || 3 * decades <= kMostTicks) durations.push_back(digit * std::pow(10, power));
  std::erase_if(durations, [this](double each) { return each < low_ || each > high_; });
  return durations;
}

std::vector<HistogramAxis::Tick> HistogramAxis::ticks() const {
  std::vector<Tick> ticks;
  for (const double duration : round_durations())
    ticks.push_back({column_of(duration), quantity_text(duration, "s")});
  return ticks;
}

}  // namespace splitbench
