#pragma once
#include <cstddef>
#include <cstdint>
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
  std::string along = "link.bandwidth";  ///< the axis that is to be x
};

/// Says which of two systems carry the load of a point (is_overloaded).
enum class Carried : std::uint8_t { by_both, by_base, by_candidate, by_neither };

struct HeatCell {
  std::optional<double> base, candidate;  ///< figures in base units
  std::optional<Relative> gain;           ///< absent without a comparison
  /// "ok"; that of a row whose figure is not valid; "overloaded" if the figures cannot be compared
  /// for that reason; "failed" without a row.
  std::string status = "failed";
  Carried carried = Carried::by_both;
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

/// A sweep seen along one or two of its axes. A cell within the noise never starts a crossing:
/// between a better and a worse cell it only helps to find where the gain passes 1.
struct HeatMap {
  std::vector<std::pair<std::string, std::string>> at;  ///< other axes and their values in this map
  Axis x;
  Axis y;  ///< no key and one value without a text if the sweep has one axis
  std::vector<std::vector<HeatCell>> cells;    ///< [y][x]
  std::vector<std::vector<Crossing>> along_x;  ///< indexed by y
  std::vector<std::vector<Crossing>> along_y;  ///< indexed by x
  /// The bandwidths, in bit/s, up to which the candidate pays by its own rates (break_even_key), by
  /// y, each the upper median over x; empty if x is not the link's bandwidth.
  std::vector<std::optional<double>> predicted;
};

/// Returns one map for each combination of values of the axes that are neither x (the question's,
/// else the last axis) nor y (the context, else the first of the others). Returns none
/// if the report is no sweep or has no such figure.
std::vector<HeatMap> heat_maps(const Report& report, const HeatMapQuestion& question);

}  // namespace splitbench
