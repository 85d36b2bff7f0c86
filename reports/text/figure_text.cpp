#include "reports/text/figure_text.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace splitbench {

FigureStyle style_for(double largest, std::string_view base_unit) {
  const Scale scale = scale_for(largest, base_unit);
  const double shown = largest * scale.factor;
  if (base_unit == "count" || shown == 0) return {scale, 0};
  return {scale, shown < 10 ? 3 : shown < 100 ? 2 : shown < 1000 ? 1 : 0};
}

FigureStyle style_for(const Report& report, const Column& column) {
  return style_for(largest_figure(report, column), column.unit);
}

double largest_figure(const Report& report, const Column& column) {
  double largest = 0;
  for (const Row& row : report.rows)
    if (const auto value = row.values.find(column.key); value != row.values.end())
      largest = std::max(largest, std::abs(value->second));
  return largest;
}

std::string figure_text(double value, const FigureStyle& style) {
  return value == 0 ? "0" : fmt::format("{:.{}f}", value * style.scale.factor, style.decimals);
}

std::string value_text(const Row& row, const Column& column, const FigureStyle& style) {
  const auto value = row.values.find(column.key);
  return value == row.values.end() ? "-" : figure_text(value->second, style);
}

std::string spread_text(const Row& row, const Column& column, const FigureStyle& style) {
  const auto spread = row.spread.find(column.key);
  if (spread == row.spread.end()) return "";
  const std::string text = figure_text(spread->second, style);
  return text.find_first_not_of("0.") == std::string::npos ? "" : text;
}

}  // namespace splitbench
