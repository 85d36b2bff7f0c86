#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reports/report.hpp"

namespace splitbench {

/// The arm that is best at a point of a sweep, by one figure. Only arms that always do the same
/// compete: bypass encodes nothing, and auto is judged against the others.
struct WinnerCell {
  std::string arm;                   ///< empty if no arm has a figure to compare (is_comparable)
  std::optional<double> gain;        ///< gain over raw, if raw has a figure to compare
  std::vector<std::string> as_good;  ///< competing arms that do not differ from it (is_difference)
  std::optional<double> behind;      ///< share by which auto is worse, below 0 if it is better
  std::string folder;                ///< folder of the point
};

/// The winners of a sweep along the axes that a HeatMap has.
struct WinnerMap {
  std::vector<std::pair<std::string, std::string>> at;  ///< other axes and their values in this map
  Axis x;
  Axis y;
  std::vector<std::vector<WinnerCell>> cells;  ///< [y][x]
};

/// Returns the maps of a figure; none if fewer than three arms compete (a heat map shows
/// everything), the report is no sweep, or it has no such figure.
std::vector<WinnerMap> winner_maps(const Report& report, const std::string& figure);

/// Returns sentences that say which arm is best at how many points, and how auto compares with the
/// best; none if there are no maps.
std::vector<std::string> winner_answer(const Report& report);

}  // namespace splitbench
