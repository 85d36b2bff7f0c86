#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reports/report.hpp"

namespace splitbench {

/// Which arm is best at a point of a sweep, by one figure. What competes are the arms that always
/// do the same: bypass encodes nothing, and auto is judged by the others.
struct WinnerCell {
  std::string arm;                   ///< empty where no arm has a figure that can be stood behind
  double gain = 1;                   ///< how many times better than raw, where there is raw
  std::vector<std::string> as_good;  ///< that do not differ from it (is_difference)
  std::optional<double> behind;      ///< by which share auto is worse than it; below 0 better
  std::string folder;                ///< of the point
};

/// A sweep seen along the axes that a HeatMap has.
struct WinnerMap {
  std::vector<std::pair<std::string, std::string>> at;  ///< the other axes and their values here
  Axis x;
  Axis y;
  std::vector<std::vector<WinnerCell>> cells;  ///< [y][x]
};

/// None where fewer than three arms compete (a heat map says it all), in a report of no sweep, and
/// where there is no such figure.
std::vector<WinnerMap> winner_maps(const Report& report, const std::string& figure);

/// Which arm is best at how many points, and how auto fares beside the best, in sentences. Nothing
/// where there are no maps.
std::vector<std::string> winner_answer(const Report& report);

}  // namespace splitbench
