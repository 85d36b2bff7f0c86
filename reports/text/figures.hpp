#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "reports/quantity_text.hpp"
#include "reports/report.hpp"

namespace splitbench {

/// How figures that are read against each other are printed: in one unit, to as many decimals as
/// give the largest of them four digits.
struct FigureStyle {
  Scale scale;
  int decimals = 0;
};

FigureStyle style_for(double largest, std::string_view base_unit);

/// The style of a figure across all rows.
FigureStyle style_for(const Report& report, const Column& column);

/// The largest magnitude that a column has in any row; 0 where no row has it.
double largest_figure(const Report& report, const Column& column);

/// A figure in base units as a number, without its unit.
std::string figure_text(double value, const FigureStyle& style);

/// "132.2", or "-" where the row has no such figure.
std::string value_text(const Row& row, const Column& column, const FigureStyle& style);

/// "0.4", or nothing where a row has no spread or it would be all zeros.
std::string spread_text(const Row& row, const Column& column, const FigureStyle& style);

/// The values of an axis as a heading shows them: in one unit, which stands in the axis' title.
struct AxisText {
  std::string unit;   ///< empty where each label says its own
  double factor = 1;  ///< from base units
  std::vector<std::string>
      labels;  ///< "10", "25", "1600" of Gbit/s; counts as they were given: "8k"
};

AxisText axis_text(const Axis& axis);

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
