#pragma once
#include <string_view>
#include <vector>

#include "reports/report.hpp"
#include "reports/text/figure_text.hpp"

namespace splitbench {

/// A figure as texts for people show it: the arms of a row's line side by side.
struct ShownFigure {
  std::string_view label;
  Column column;
  FigureStyle style;  ///< the same for all arms
};

struct ShownGroup {
  std::string_view title;
  std::vector<ShownFigure> figures;
};

/// The figures of a report that people read, by what they are about. Left out is what no arm has,
/// and what is zero in all arms where zero goes without saying; no group is empty.
std::vector<ShownGroup> shown_groups(const Report& report);

}  // namespace splitbench
