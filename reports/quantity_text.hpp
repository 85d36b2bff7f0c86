#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace splitbench {

/// The printing of a figure in base units: it is multiplied by `factor` and followed by `unit`.
struct Scale {
  double factor = 1;
  std::string_view unit;
};

/// Returns the scale in which `largest` is a number from 1 to 1000, if the base unit has one: "s"
/// -> ms, "bytes" -> MB, "bit/s" -> Gbit/s, all decimal. A "share" is shown in percent; "ratio" and
/// "count" have no unit. Any other base unit is the scale's unit, as a view of the argument.
Scale scale_for(double largest, std::string_view base_unit);

/// The rate from which on a link counts as unlimited, in bit/s.
inline constexpr double kUnlimitedRate = 1e15;

/// Returns a single figure with its unit, in four digits or as many as its whole part has: "12.5
/// Gbit/s"; "unlimited" for a bit rate of kUnlimitedRate and more.
std::string quantity_text(double value, std::string_view base_unit);

/// Returns the size of a unit in base units: 0.001 for "ms" and "s". "us" is read as "µs". Returns
/// nothing if the base unit has no such unit.
std::optional<double> unit_size(std::string_view unit, std::string_view base_unit);

}  // namespace splitbench
