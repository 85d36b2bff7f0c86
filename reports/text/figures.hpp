#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "reports/quantity_text.hpp"
#include "reports/report.hpp"

namespace splitbench {

/// The style of figures that are read against each other: one unit, and as many decimals as give
/// the largest of them four digits.
struct FigureStyle {
  Scale scale;
  int decimals = 0;
};

/// Returns the style for figures of which `largest` is the largest. The unit may be a view of
/// `base_unit`, as in scale_for().
FigureStyle style_for(double largest, std::string_view base_unit);

/// Returns the style of a figure across all rows.
FigureStyle style_for(const Report& report, const Column& column);

/// Returns the largest magnitude that a column has in any row; 0 if no row has it.
double largest_figure(const Report& report, const Column& column);

/// Returns a figure, given in base units, as a number without its unit.
std::string figure_text(double value, const FigureStyle& style);

/// Returns "132.2", "132.2!" if the figure is not valid, or "-" if the row has no such figure or
/// too few samples for it.
std::string value_text(const Row& row, const Column& column, const FigureStyle& style);

/// Returns half the width of the figure's 95% confidence interval: over the repeats or, of one
/// repeat's percentiles, within it. "0.4", or an empty text if there is none or it would be all
/// zeros.
std::string interval_text(const Row& row, const Column& column, const FigureStyle& style);

/// The values of an axis as a heading shows them: in one unit, which is given in the axis's title.
struct AxisText {
  std::string unit;   ///< empty if each label has its own
  double factor = 1;  ///< multiplies base units
  std::vector<std::string>
      labels;  ///< "10", "25", "1600" for Gbit/s; counts as they were given: "8k"
};

AxisText axis_text(const Axis& axis);

/// A figure as texts for people show it: in one line, with the arms side by side.
struct ShownFigure {
  std::string_view label;
  Column column;
  FigureStyle style;  ///< shared by all arms
};

struct ShownGroup {
  std::string_view title;
  std::vector<ShownFigure> figures;
};

/// Returns the figures of a report that people read, grouped by topic. Figures that no arm has, or
/// has samples enough for, and some that are zero in all arms, are left out; no group is empty.
std::vector<ShownGroup> shown_groups(const Report& report);

/// Returns a sentence on percentiles that tables leave out for too few requests: "Left out: p99 of
/// fewer than 100 requests. There are 20."; an empty text if they leave out none.
std::string few_samples_text(const Report& report);

}  // namespace splitbench
