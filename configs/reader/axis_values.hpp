#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "configs/reader/quantity.hpp"

namespace splitbench {

/// More points than a sweep may have, and so than an axis may have values.
inline constexpr std::size_t kMaxPoints = 10'000;

/// One element of a list of values: a value, or a range of them.
struct AxisItem {
  std::string text;
  std::size_t offset = 0;  ///< of its first character in the list's text

  bool operator==(const AxisItem&) const = default;
};

/// The elements between the commas; brackets, braces and parentheses are kept
/// whole.
std::vector<AxisItem> split_axis_items(std::string_view list);

/// Gives numbers without a unit that of the next one behind them that has one: `10, 25, 100 Gbit/s`
/// are three bandwidths. Ranges count as the numbers in them.
void share_units(std::vector<AxisItem>& items, const BaseUnit& unit);

bool is_range(std::string_view item);

/// The values of a range: `8k..128k:x2` multiplies, `10 Gbit/s..80 Gbit/s:+10 Gbit/s` adds; its end
/// is among them where it is hit. Throws InputError.
std::vector<std::string> values_of_range(const std::string& range, const BaseUnit& unit);

}  // namespace splitbench
