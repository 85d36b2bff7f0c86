#include "workloads/statistics.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <fmt/format.h>
#include <functional>
#include <string>

// Boost.Math provides Student's t. Its mean and variance are not used: they are updated sample by
// sample, which rounds differently, and stored reports could no longer be reproduced to the bit.
namespace splitbench {

double standard_deviation(std::span<const double> samples) {
  const double center = mean(samples);
  const double squares = std::transform_reduce(
      samples.begin(), samples.end(), 0.0, std::plus{},
      [center](double sample) { return (sample - center) * (sample - center); });
  return std::sqrt(squares / static_cast<double>(samples.size()));
}

namespace {

/// Returns how many times as large the variance of a share is as if the sequence's samples did not
/// depend on one another, at least 1, from the shares of its batches.
double inflation_of_share(std::span<const double> sequence, double up_to, double share) {
  constexpr std::size_t kBatches = 20, kFewest = 5;  // samples of a batch
  const std::size_t length = sequence.size() / kBatches;
  if (length < kFewest) return 1;
  std::vector<double> shares;
  for (std::size_t batch = 0; batch < kBatches; ++batch)
    shares.push_back(static_cast<double>(std::ranges::count_if(
                         sequence.subspan(batch * length, length),
                         [up_to](double sample) { return sample <= up_to; })) /
                     static_cast<double>(length));
  const double deviation = standard_deviation(shares);
  const double seen = deviation * deviation * kBatches / (kBatches - 1);
  return std::max(1.0, seen * static_cast<double>(length) / (share * (1 - share)));
}

}  // namespace

std::optional<Interval> quantile_interval(std::span<const double> sequence,
                                          std::span<const double> ascending, double q) {
  assert(0 < q && q < 1 && sequence.size() == ascending.size());
  constexpr double kNormal = 1.959964;  // its 0.975-quantile
  if (sequence.empty()) return std::nullopt;
  const double inflation = inflation_of_share(sequence, quantile(ascending, q), q);
  const double half =
      kNormal * std::sqrt(q * (1 - q) * inflation / static_cast<double>(sequence.size()));
  if (q - half < 0 || q + half > 1) return std::nullopt;
  return Interval{.low = quantile(ascending, q - half), .high = quantile(ascending, q + half)};
}

double interquartile_range(std::span<const double> ascending) {
  return quantile(ascending, 0.75) - quantile(ascending, 0.25);
}

void Moments::add(double sample) {
  ++count;
  sum += sample;
  squares += sample * sample;
}

void Moments::merge(const Moments& other) {
  count += other.count;
  sum += other.sum;
  squares += other.squares;
}

double Moments::mean() const {
  return sum / count;
}

double Moments::variance() const {
  return std::max(0.0, squares / count - mean() * mean());
}

double Moments::standard_deviation() const {
  return std::sqrt(variance());
}

double student_t(double probability, std::size_t degrees) {
  const boost::math::students_t distribution(static_cast<double>(degrees));
  return boost::math::quantile(distribution, probability);
}

double error_of_mean(std::span<const double> samples, double probability) {
  assert(samples.size() >= 2);
  const std::size_t degrees = samples.size() - 1;
  const double deviation = standard_deviation(samples) / std::sqrt(static_cast<double>(degrees));
  return student_t(probability, degrees) * deviation;
}

Line fit_line(std::span<const LinePoint> points) {
  assert(!points.empty());
  double weight = 0, x = 0, y = 0;
  for (const LinePoint& point : points) {
    weight += point.weight;
    x += point.weight * point.x;
    y += point.weight * point.y;
  }
  const double mean_x = x / weight, mean_y = y / weight;
  double xx = 0, xy = 0, yy = 0;
  for (const LinePoint& point : points) {
    xx += point.weight * ((point.x - mean_x) * (point.x - mean_x));
    xy += point.weight * ((point.x - mean_x) * (point.y - mean_y));
    yy += point.weight * ((point.y - mean_y) * (point.y - mean_y));
  }
  if (xx == 0) return {.slope = 0, .at_zero = mean_y};
  Line line{.slope = xy / xx};
  line.at_zero = mean_y - line.slope * mean_x;
  const double residual = std::max(0.0, yy - line.slope * xy);
  if (points.size() > 2)
    line.error_of_slope = std::sqrt(residual / static_cast<double>(points.size() - 2) / xx);
  return line;
}

double round_to_digits(double value, int digits) {
  return std::stod(fmt::format("{:.{}g}", value, digits));
}

}  // namespace splitbench
