#include "reports/analysis/histogram_shape.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "reports/quantity_text.hpp"

namespace splitbench {
namespace {

double low_of(const Histogram::Bucket& bucket) {
  return seconds(bucket.low);
}
double high_of(const Histogram::Bucket& bucket) {
  return seconds(bucket.low + bucket.width);
}

/// The width of the narrowest bins, relative to their value: narrower ones would show the
/// histogram's own buckets.
constexpr double kNarrowest = 1.0 / 256;

/// The range that the histograms' buckets cover, in seconds.
struct Range {
  double low = 0;  ///< smallest above 0, or 0 if none is
  double high = 0;
  bool zeros = false;
};

Range range_of(const std::vector<std::vector<Histogram::Bucket>>& all) {
  Range range;
  for (const auto& buckets : all)
    for (const Histogram::Bucket& bucket : buckets) {
      range.high = std::max(range.high, high_of(bucket));
      if (bucket.low == Time{0})
        range.zeros = true;
      else if (range.low == 0 || low_of(bucket) < range.low)
        range.low = low_of(bucket);
    }
  return range;
}

std::vector<double> edges_of(const Range& range) {
  if (range.high == 0) return {};
  if (range.low == 0) return {0, range.high};
  const double decades = std::log(range.high / range.low);
  const double most = static_cast<double>(kMostBins);
  const double bins = std::clamp(std::floor(decades / std::log1p(kNarrowest)), 1.0, most);
  std::vector<double> edges;
  if (range.zeros) edges.push_back(0);
  for (double i = 0; i <= bins; ++i) edges.push_back(range.low * std::exp(decades * i / bins));
  return edges;
}

/// Returns the share of samples in each bin. A bucket counts whole in the bin of its middle.
std::vector<double> shares_of(const std::vector<Histogram::Bucket>& buckets, double total,
                              const std::vector<double>& edges) {
  std::vector<double> shares(edges.size() - 1);
  for (const Histogram::Bucket& bucket : buckets) {
    const double middle = (low_of(bucket) + high_of(bucket)) / 2;
    const bool is_zero = bucket.low == Time{0};
    const auto above = std::upper_bound(edges.begin() + 1, edges.end() - 1, is_zero ? 0 : middle);
    shares[static_cast<std::size_t>(above - edges.begin()) - 1] +=
        static_cast<double>(bucket.count) / total;
  }
  return shares;
}

constexpr double kLogarithmicFrom = 30;
constexpr double kLeastWidth = 0.02;  // share of the largest; fewer nanoseconds are no distribution
constexpr std::size_t kMostTicks = 8;

/// Returns the smallest number not below `least` that is 1, 2 or 5 times a power of ten.
double round_up(double least) {
  const double decade = std::pow(10, std::floor(std::log10(least)));
  for (const double digit : {1.0, 2.0, 5.0})
    if (digit * decade >= least) return digit * decade;
  return 10 * decade;
}

}  // namespace

HistogramShape shape_of(std::span<const Histogram> histograms) {
  std::vector<std::vector<Histogram::Bucket>> all;
  for (const Histogram& histogram : histograms) all.push_back(histogram.buckets());
  HistogramShape shape{.edges = edges_of(range_of(all)), .shares = {}};
  if (shape.edges.empty()) return shape;
  for (std::size_t i = 0; i < all.size(); ++i)
    shape.shares.push_back(
        shares_of(all[i], static_cast<double>(histograms[i].count()), shape.edges));
  return shape;
}

std::vector<CurvePoint> percentile_curve(const Histogram& histogram) {
  if (histogram.count() == 0) return {};
  const auto count = static_cast<double>(histogram.count());
  const double decades = std::log10(count);
  const double points =
      std::min(std::ceil(24 * decades), static_cast<double>(kMostCurvePoints - 1));
  std::vector<double> one_in = {1};
  for (double i = 1; i <= points; ++i) one_in.push_back(std::pow(count, i / points));
  std::vector<double> qs;
  for (const double n : one_in) qs.push_back(1 - 1 / n);

  const std::vector<double> values = histogram.quantiles(qs);
  std::vector<CurvePoint> curve;
  for (std::size_t i = 0; i < values.size(); ++i) curve.push_back({one_in[i], values[i]});
  return curve;
}

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
