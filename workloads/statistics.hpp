#pragma once
#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>
#include <ranges>
#include <span>
#include <vector>

namespace splitbench {

/// Returns the arithmetic mean, summed in the order of the samples. Needs a sample.
template <std::ranges::sized_range Samples>
double mean(const Samples& samples) {
  assert(std::ranges::size(samples) > 0);
  return std::accumulate(std::ranges::begin(samples), std::ranges::end(samples), 0.0) /
         static_cast<double>(std::ranges::size(samples));
}

/// Returns the standard deviation of the samples themselves (divided by n, not n - 1). Needs a
/// sample.
double standard_deviation(std::span<const double> samples);

/// Returns the exact q-quantile (0 <= q <= 1) of samples in ascending order, by linear
/// interpolation between the closest ranks: of n samples it lies at position q * (n - 1), counted
/// from 0. This is numpy's default. Needs a sample.
template <std::ranges::random_access_range Samples>
double quantile(const Samples& ascending, double q) {
  const auto n = static_cast<std::size_t>(std::ranges::size(ascending));
  assert(n > 0 && 0 <= q && q <= 1 && std::ranges::is_sorted(ascending));
  const double position = q * static_cast<double>(n - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, n - 1);
  return std::lerp(static_cast<double>(ascending[below]), static_cast<double>(ascending[above]),
                   position - std::floor(position));
}

/// A range of values from `low` to `high`, both included.
struct Interval {
  double low = 0, high = 0;

  bool operator==(const Interval&) const = default;
};

/// Returns the 95% confidence interval of the q-quantile (0 < q < 1) of a sequence whose law does
/// not change, by its order statistics: the samples between which the quantile lies with that
/// probability. Samples may depend on those shortly before them, as requests of one queue do; how
/// much is taken from the means of batches of the sequence. `ascending` are the same samples in
/// ascending order. Returns nothing where the samples are too few to have one.
std::optional<Interval> quantile_interval(std::span<const double> sequence,
                                          std::span<const double> ascending, double q);

/// Returns the 0.5-quantile of samples in any order. Needs a sample.
template <class Sample>
double median(std::vector<Sample> samples) {
  std::ranges::sort(samples);
  return quantile(samples, 0.5);
}

/// Returns the sample in the middle or, of an even number, the larger of the two there: unlike the
/// median it has occurred. Needs a sample.
template <class Sample>
Sample upper_median(std::vector<Sample> samples) {
  assert(!samples.empty());
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::ranges::nth_element(samples, middle);
  return *middle;
}

/// Returns the width of the middle half of samples in ascending order. Needs a sample.
double interquartile_range(std::span<const double> ascending);

/// Count, mean and deviation of samples that are too many to be kept.
struct Moments {
  double count = 0, sum = 0, squares = 0;

  void add(double sample);
  void merge(const Moments& other);

  /// Mean, variance and standard deviation need a sample; the last two are of the samples
  /// themselves (divided by n).
  double mean() const;
  double variance() const;
  double standard_deviation() const;
};

/// Returns the value that Student's t with `degrees` (at least 1) of freedom does not exceed with
/// this probability, which is above 0 and below 1.
double student_t(double probability, std::size_t degrees);

/// Returns the error to one side that the samples' mean does not exceed with this probability, by
/// Student's t. Half the width of a 95% confidence interval is that of 0.975. Needs two samples.
double error_of_mean(std::span<const double> samples, double probability);

/// A point that a line should come close to; its squared distance from the line counts `weight`
/// times.
struct LinePoint {
  double x = 0, y = 0, weight = 1;
};

/// A straight line, as fit_line() returns it.
struct Line {
  double slope = 0;
  double at_zero = 0;         ///< value of y at x = 0
  double error_of_slope = 0;  ///< standard error; 0 for fewer than three points, or equal x
};

/// Returns the straight line that comes closest to the points by least squares. It is level if all
/// points have the same x. Needs a point.
Line fit_line(std::span<const LinePoint> points);

/// Returns the value rounded to that many significant digits, to the nearest double of the decimal
/// text.
double round_to_digits(double value, int digits);

}  // namespace splitbench
