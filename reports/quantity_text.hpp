#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace splitbench {

/// What a figure in base units is multiplied by and followed by when it is printed.
struct Scale {
  double factor = 1;
  std::string_view unit;
};

/// The unit in which `largest` is a number from 1 to 1000, if the base unit has one: "s" -> ms,
/// "bytes" -> MB, "bit/s" -> Gbit/s, decimal all. A "share" is shown in percent; "ratio" and
/// "count" have no unit.
Scale scale_for(double largest, std::string_view base_unit);

/// A figure alone with its unit, in four digits or as many as stand before the point: "12.5
/// Gbit/s".
std::string quantity_text(double value, std::string_view base_unit);

/// What one of a unit is in base units: of "ms" and "s" 0.001. "us" is "µs". Nothing where the base
/// unit has no such unit.
std::optional<double> unit_size(std::string_view unit, std::string_view base_unit);

}  // namespace splitbench
