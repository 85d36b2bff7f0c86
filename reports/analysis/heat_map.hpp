#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reports/analysis/arm_comparison.hpp"
#include "reports/report.hpp"

namespace splitbench {

/// What a heat map compares: a figure, by its Column::key, of one arm with that of another.
struct HeatMapQuestion {
  std::string figure;
  std::string base;
  std::string candidate;
};

struct HeatCell {
  std::optional<double> base, candidate;  ///< the figures, in base units
  std::optional<Relative> gain;           ///< none where a figure is absent
  std::string status = "failed";          ///< "ok", or that of the row which is not; no row: failed
  std::string folder;

  /// 1 the candidate is better, -1 it is worse, 0 neither: no difference to speak of, or not valid.
  int side() const;
};

/// Where a line of cells turns from better to worse or back.
struct Crossing {
  std::size_t after = 0;  ///< the border lies behind this cell
  std::optional<double>
      at;  ///< where the gain is 1, interpolated on log axes; needs numbers above 0
};

/// What the codec's own rates say of the link up to which it pays, in bit/s.
struct PredictedBreakEven {
  std::optional<double> serial, pipelined;
};

/// A sweep seen along two of its axes, or one. Cells that lie within the noise turn nothing:
/// between a better and a worse one they only say where the gain passes 1.
struct HeatMap {
  std::vector<std::pair<std::string, std::string>> at;  ///< the other axes and their values here
  Axis x;
  Axis y;  ///< of a sweep of one axis: no key, and one value without a text
  std::vector<std::vector<HeatCell>> cells;    ///< [y][x]
  std::vector<std::vector<Crossing>> along_x;  ///< by y
  std::vector<std::vector<Crossing>> along_y;  ///< by x
  /// By y, the median over x; empty where x is not the link's bandwidth.
  std::vector<PredictedBreakEven> predicted;
};

/// One map for each combination of the axes that are neither x (the link's bandwidth, else the last
/// axis) nor y (the context, else the first other one). None where the report is no sweep, or has
/// no such figure.
std::vector<HeatMap> heat_maps(const Report& report, const HeatMapQuestion& question);

}  // namespace splitbench
