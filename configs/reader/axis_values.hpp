#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "configs/reader/quantity.hpp"

namespace splitbench {

/// The most points that a sweep may have, and so the most values of an axis.
inline constexpr std::size_t kMaxPoints = 10'000;

/// One element of a list of values: a value or a range of values.
struct AxisItem {
  std::string text;
  std::size_t offset = 0;  ///< byte offset of its first character in the list's text

  bool operator==(const AxisItem&) const = default;
};

/// Returns the elements between the commas, trimmed; an empty element has an empty text. Commas
/// within brackets, braces or parentheses do not separate.
std::vector<AxisItem> split_axis_items(std::string_view list);

/// Gives each number without a unit the unit of the next number behind it that has one: `10, 25,
/// 100 Gbit/s` are three bandwidths. The numbers of a range count as well. Does nothing if numbers
/// of this base unit need no unit.
void share_units(std::vector<AxisItem>& items, const BaseUnit& unit);

/// Returns whether an element counts as a range, with or without a step: any text with ".." and no
/// bracket, brace or parenthesis does.
bool is_range(std::string_view item);

/// Returns the values of a range as texts: `8k..128k:x2` multiplies, `10 Gbit/s..80 Gbit/s:+10
/// Gbit/s` adds. The range's end is one of them if a step meets it. Throws InputError if the range
/// is malformed or has more than kMaxPoints values.
std::vector<std::string> values_of_range(const std::string& range, const BaseUnit& unit);

}  // namespace splitbench
