#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "reports/histogram.hpp"

namespace splitbench {

inline constexpr std::size_t kMostBins = 48;
inline constexpr std::size_t kMostCurvePoints = 150;

/// Histograms drawn over one another: few bins, the same for all, of equal width on a log axis.
struct HistogramShape {
  /// In seconds, ascending; bin i lies from edge i to edge i + 1. Below the smallest duration that
  /// is not zero all is one bin, where there are zeros.
  std::vector<double> edges;
  std::vector<std::vector<double>> shares;  ///< [histogram][bin], of that histogram's samples
};

/// Empty where all histograms are.
HistogramShape shape_of(std::span<const Histogram> histograms);

/// A point of a latency curve over percentiles: a share of 1 / `one_in` of the samples is longer.
struct CurvePoint {
  double one_in;   ///< 1 / (1 - q): 2 is the median, 100 is p99
  double seconds;  ///< the quantile
};

/// From all samples to the longest one in `count`, evenly over decades; empty without samples.
std::vector<CurvePoint> percentile_curve(const Histogram& histogram);

/// The durations that the columns of a drawing stand for. Beyond a factor of 30 between the ends
/// each column is the same factor wide, else the same time.
class HistogramAxis {
 public:
  /// Holds all samples of the histograms, of which at least one has any.
  HistogramAxis(std::span<const Histogram> histograms, std::size_t columns);

  bool logarithmic() const { return logarithmic_; }

  /// From 0 to the number of columns; what lies beyond an end is put there.
  double position_of(double seconds) const;
  std::size_t column_of(double seconds) const;

  /// Round durations along the axis, ascending: at most about eight.
  struct Tick {
    std::size_t column;
    std::string text;
  };
  std::vector<Tick> ticks() const;

 private:
  std::vector<double> round_durations() const;

  double low_, high_;  // seconds
  std::size_t columns_;
  bool logarithmic_;
};

}  // namespace splitbench
