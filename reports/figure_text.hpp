#pragma once
#include <string>
#include <string_view>

#include "reports/quantity_text.hpp"
#include "reports/report.hpp"

namespace splitbench {

/// How figures that are read against each other are printed: in one unit, with as many decimals as
/// give the largest four digits.
struct FigureStyle {
  Scale scale;
  int decimals = 0;
};
FigureStyle style_for(double largest, std::string_view base_unit);

/// "132.2", or "-" where the row has no such figure.
std::string value_text(const Row& row, const Column& column, const FigureStyle& style);

/// "1.0", or nothing where it is unknown or would be all zeros.
std::string spread_text(const Row& row, const Column& column, const FigureStyle& style);

}  // namespace splitbench
