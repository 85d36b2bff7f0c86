#include "reports/text/axis_text.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "reports/quantity_text.hpp"

namespace splitbench {
namespace {

bool has_unit(const Axis& axis) {
  const auto is_number = [](const Axis::Value& value) { return value.number.has_value(); };
  return !axis.unit.empty() && axis.unit != "count" && axis.unit != "ratio" &&
         std::ranges::all_of(axis.values, is_number);
}

}  // namespace

AxisText axis_text(const Axis& axis) {
  AxisText result;
  if (!has_unit(axis)) {
    for (const Axis::Value& value : axis.values) result.labels.push_back(value.text);
    return result;
  }
  double smallest = 0;
  for (const Axis::Value& value : axis.values)
    if (*value.number > 0 && (smallest == 0 || *value.number < smallest)) smallest = *value.number;
  const Scale scale = scale_for(smallest, axis.unit);
  result.unit = scale.unit;
  result.factor = scale.factor;
  for (const Axis::Value& value : axis.values)
    result.labels.push_back(fmt::format("{:.6g}", *value.number * scale.factor));
  return result;
}

}  // namespace splitbench
