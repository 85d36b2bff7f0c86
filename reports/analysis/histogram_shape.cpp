#include "reports/analysis/histogram_shape.hpp"

#include <algorithm>
#include <cmath>

namespace splitbench {
namespace {

double low_of(const Histogram::Bucket& bucket) {
  return seconds(bucket.low);
}
double high_of(const Histogram::Bucket& bucket) {
  return seconds(bucket.low + bucket.width);
}

/// Narrower bins than these would show the histogram's own buckets.
constexpr double kNarrowest = 1.0 / 256;

/// What the histograms' buckets cover.
struct Range {
  double low = 0;  ///< above 0, if anything is
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

/// Each bucket counts whole where its middle lies.
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

}  // namespace splitbench
