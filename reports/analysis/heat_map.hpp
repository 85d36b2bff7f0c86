#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reports/analysis/arm_comparison.hpp"
#include "reports/report.hpp"

namespace splitbench {

/// The comparison that a heat map shows: a figure, by its Column::key, of one arm with that of
/// another.
struct HeatMapQuestion {
  std::string figure;
  std::string base;
  std::string candidate;
};

struct HeatCell {
  std::optional<double> base, candidate;  ///< figures in base units
  std::optional<Relative> gain;           ///< absent without a comparison
  std::string status = "failed";  ///< "ok", or of a row whose figure is not valid; no row: "failed"
  std::string folder;

  /// Returns 1 if the candidate is better, -1 if it is worse, 0 if neither: there is no difference
  /// to speak of, or the cell is not valid.
  int side() const;
};

/// A place at which a line of cells turns from better to worse or back.
struct Crossing {
  std::size_t after = 0;  ///< index of the cell before the border
  std::optional<double>
      at;  ///< axis value at which the gain is 1, interpolated on log axes; needs numbers above 0
};

/// The bandwidths of the link up to which the codec pays, in bit/s, predicted from its own rates.
struct PredictedBreakEven {
  std::optional<double> serial, pipelined;
};

/// A sweep seen along one or two of its axes. A cell within the noise never starts a crossing:
/// between a better and a worse cell it only helps to find where the gain passes 1.
struct HeatMap {
  std::vector<std::pair<std::string, std::string>> at;  ///< other axes and their values in this map
  Axis x;
  Axis y;  ///< no key and one value without a text if the sweep has one axis
  std::vector<std::vector<HeatCell>> cells;    ///< [y][x]
  std::vector<std::vector<Crossing>> along_x;  ///< indexed by y
  std::vector<std::vector<Crossing>> along_y;  ///< indexed by x
  /// Predictions by y, each the upper median over x; empty if x is not the link's bandwidth.
  std::vector<PredictedBreakEven> predicted;
};

/// Returns one map for each combination of values of the axes that are neither x (the link's
/// bandwidth, else the last axis) nor y (the context, else the first of the others). Returns none
/// if the report is no sweep or has no such figure.
std::vector<HeatMap> heat_maps(const Report& report, const HeatMapQuestion& question);

}  // namespace splitbench
