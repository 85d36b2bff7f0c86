#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "reports/histogram.hpp"

namespace splitbench {

inline constexpr std::size_t kMostBins = 48;
inline constexpr std::size_t kMostCurvePoints = 150;

/// The shape of histograms that are drawn over one another: few bins, the same for all, of equal
/// width on a log axis.
struct HistogramShape {
  /// Edges in seconds, ascending; bin i lies from edge i to edge i + 1. If there are samples of
  /// zero, the first bin holds all that is below the smallest other duration.
  std::vector<double> edges;
  std::vector<std::vector<double>> shares;  ///< [histogram][bin], as shares of its samples
};

/// Returns the shape of the histograms; empty if all of them are.
HistogramShape shape_of(std::span<const Histogram> histograms);

/// A point of a latency curve over percentiles: a share of 1 / `one_in` of the samples is longer.
struct CurvePoint {
  double one_in;   ///< 1 / (1 - q): 2 is the median, 100 is p99
  double seconds;  ///< quantile, in seconds
};

/// Returns the curve from all samples to the longest one in `count`, with points spaced evenly over
/// decades; empty without samples.
std::vector<CurvePoint> percentile_curve(const Histogram& histogram);

/// The axis of a drawing of histograms: the durations of its columns. If its ends are more than a
/// factor of 30 apart, each column is the same factor wide, else the same time.
class HistogramAxis {
 public:
  /// Makes an axis that covers all samples of the histograms, at least one of which must have any.
  HistogramAxis(std::span<const Histogram> histograms, std::size_t columns);

  bool logarithmic() const { return logarithmic_; }

  /// Returns a position from 0 to the number of columns; durations beyond an end are put at that
  /// end.
  double position_of(double seconds) const;
  std::size_t column_of(double seconds) const;

  /// A mark at a round duration.
  struct Tick {
    std::size_t column;
    std::string text;
  };
  /// Returns the ticks along the axis, ascending: at most about eight.
  std::vector<Tick> ticks() const;

 private:
  std::vector<double> round_durations() const;

  double low_, high_;  // seconds
  std::size_t columns_;
  bool logarithmic_;
};

}  // namespace splitbench
