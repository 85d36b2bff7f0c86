#pragma once
#include <span>
#include <string>
#include <vector>

#include "reports/histogram.hpp"

namespace splitbench {

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
