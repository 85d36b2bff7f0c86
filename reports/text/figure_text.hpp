#pragma once
#include <string>
#include <string_view>

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

}  // namespace splitbench
