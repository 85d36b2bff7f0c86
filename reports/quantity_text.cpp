#include "reports/quantity_text.hpp"

#include <array>
#include <cmath>
#include <fmt/format.h>
#include <span>

namespace splitbench {
namespace {

struct Unit {
  double size;
  std::string_view name;
};
constexpr std::array<Unit, 4> kTimes = {{{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {1e-9, "ns"}}};
constexpr std::array<Unit, 5> kBytes = {
    {{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}, {1, "B"}}};
constexpr std::array<Unit, 4> kByteRates = {
    {{1e9, "GB/s"}, {1e6, "MB/s"}, {1e3, "kB/s"}, {1, "B/s"}}};
constexpr std::array<Unit, 5> kBitRates = {
    {{1e12, "Tbit/s"}, {1e9, "Gbit/s"}, {1e6, "Mbit/s"}, {1e3, "kbit/s"}, {1, "bit/s"}}};

/// Returns the largest unit that is not larger than the value, else the smallest; units come in
/// descending order. Zero takes the base unit, whose size is 1.
Scale pick(double value, std::span<const Unit> units) {
  const double size = value == 0 ? 1 : std::abs(value);
  for (const Unit& unit : units)
    if (size >= unit.size) return {1 / unit.size, unit.name};
  return {1 / units.back().size, units.back().name};
}

/// Returns the units that a base unit is printed in, descending; none if it is always printed as it
/// is.
std::span<const Unit> units_of(std::string_view base_unit) {
  if (base_unit == "s") return kTimes;
  if (base_unit == "bytes") return kBytes;
  if (base_unit == "bytes/s") return kByteRates;
  if (base_unit == "bit/s") return kBitRates;
  return {};
}

}  // namespace

Scale scale_for(double largest, std::string_view base_unit) {
  if (const auto units = units_of(base_unit); !units.empty()) return pick(largest, units);
  if (base_unit == "share") return {100, "%"};
  if (base_unit == "ratio" || base_unit == "count") return {1, ""};
  return {1, base_unit};
}

std::string quantity_text(double value, std::string_view base_unit) {
  if (base_unit == "bit/s" && value >= kUnlimitedRate) return "unlimited";
  const Scale scale = scale_for(value, base_unit);
  const double shown = value * scale.factor;
  const std::string number =
      std::abs(shown) < 9999.5 ? fmt::format("{:.4g}", shown) : fmt::format("{:.0f}", shown);
  return fmt::format("{}{}{}", number, scale.unit.empty() ? "" : " ", scale.unit);
}

std::optional<double> unit_size(std::string_view unit, std::string_view base_unit) {
  if (unit == "us") unit = "µs";
  for (const Unit& each : units_of(base_unit))
    if (each.name == unit) return each.size;
  return unit == base_unit ? std::optional(1.0) : std::nullopt;
}

}  // namespace splitbench
