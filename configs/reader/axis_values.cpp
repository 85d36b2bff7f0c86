#include "configs/reader/axis_values.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <ranges>

#include "configs/reader/quantity.hpp"
#include "configs/reader/words.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr std::string_view kDots = "..";
constexpr std::string_view kNumber = "0123456789.";
constexpr double kMostExact = 9007199254740992.0;  // 2^53: beyond it, steps of 1 are lost

/// The three numbers of a range as they were written.
struct RangeText {
  std::string low, high, step;
  char operation = 'x';  ///< 'x' or '+'
};

/// Returns nothing for a range without a step.
std::optional<RangeText> parts_of(std::string_view range) {
  const std::size_t dots = range.find(kDots);
  const std::size_t colon = range.find(':', dots);
  if (colon == range.npos) return std::nullopt;
  const std::string_view step = trimmed(range.substr(colon + 1));
  if (!step.starts_with('x') && !step.starts_with('+')) return std::nullopt;
  const std::size_t high = dots + kDots.size();
  return RangeText{std::string(trimmed(range.substr(0, dots))),
                   std::string(trimmed(range.substr(high, colon - high))),
                   std::string(trimmed(step.substr(1))), step[0]};
}

/// Returns the text behind the number that a text begins with.
std::string_view unit_behind(std::string_view number) {
  const std::size_t end = number.find_first_not_of(kNumber);
  return end == number.npos ? "" : trimmed(number.substr(end));
}

bool is_bare_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of(kNumber) == text.npos;
}

/// Appends the unit to a bare number. Any other number sets the unit for those before it.
void share_unit(std::string& number, std::string& unit) {
  const bool begins_with_digit = !number.empty() && number[0] >= '0' && number[0] <= '9';
  if (!begins_with_digit) return;
  if (!is_bare_number(number))
    unit = unit_behind(number);
  else if (!unit.empty())
    number += ' ' + unit;
}

void share_unit_in_range(std::string& range, std::string& unit) {
  std::optional<RangeText> parts = parts_of(range);
  if (!parts) return;  // reported when it is expanded
  if (parts->operation == '+') {
    share_unit(parts->step, unit);
  } else if (const std::string behind(unit_behind(parts->step)); !behind.empty()) {
    parts->step.resize(parts->step.find_first_not_of(kNumber));
    unit = behind;
  }
  share_unit(parts->high, unit);
  share_unit(parts->low, unit);
  range = fmt::format("{}..{}:{}{}", parts->low, parts->high, parts->operation, parts->step);
}

struct Range {
  double low, high, step;
  char operation;

  double after(double value) const { return operation == 'x' ? value * step : value + step; }
};

Range read_range(const std::string& text, const BaseUnit& unit) {
  const std::optional<RangeText> written = parts_of(text);
  if (!written)
    throw InputError(
        fmt::format("'{}' has no step; expected a range such as 8k..128k:x2 or 1..8:+1", text));
  const RangeText& parts = *written;
  const bool multiplies = parts.operation == 'x';
  const Range range{unit.parse(parts.low), unit.parse(parts.high),
                    multiplies ? parse_factor(parts.step) : unit.parse(parts.step),
                    parts.operation};
  const auto refuse = [&](const std::string& why) { throw InputError(why); };
  if (range.low > range.high)
    refuse(fmt::format("'{}' is more than '{}'; expected a range that ascends", parts.low,
                       parts.high));
  if (multiplies && range.step <= 1)
    refuse(fmt::format("factor '{}' of a range; expected more than 1", parts.step));
  if (range.step <= 0)
    refuse(fmt::format("step '{}' of a range; expected more than 0", parts.step));
  if (multiplies && range.low == 0)
    refuse(fmt::format("'{}' stays what it is however often it is multiplied", parts.low));
  if (unit.whole && range.high > kMostExact)
    refuse(fmt::format("'{}' is too large for a range", parts.high));
  return range;
}

}  // namespace

std::vector<AxisItem> split_axis_items(std::string_view list) {
  std::vector<AxisItem> items;
  const auto add = [&](std::size_t begin, std::size_t end) {
    const std::string_view text = trimmed(list.substr(begin, end - begin));
    const std::size_t offset =
        text.empty() ? begin : static_cast<std::size_t>(text.data() - list.data());
    items.push_back({std::string(text), offset});
  };
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t at = 0; at < list.size(); ++at) {
    const char c = list[at];
    if (c == '[' || c == '{' || c == '(') ++depth;
    if (c == ']' || c == '}' || c == ')') --depth;
    if (c != ',' || depth > 0) continue;
    add(begin, at);
    begin = at + 1;
  }
  add(begin, list.size());
  return items;
}

void share_units(std::vector<AxisItem>& items, const BaseUnit& unit) {
  if (unit.stands_alone) return;
  std::string shared;
  for (AxisItem& item : items | std::views::reverse) {
    if (is_range(item.text))
      share_unit_in_range(item.text, shared);
    else
      share_unit(item.text, shared);
  }
}

bool is_range(std::string_view item) {
  return item.find(kDots) != item.npos && item.find_first_of("[{(") == item.npos;
}

std::vector<std::string> values_of_range(const std::string& text, const BaseUnit& unit) {
  const Range range = read_range(text, unit);
  const double end = range.high * (1 + 1e-12);  // allows for accumulated rounding
  std::vector<std::string> values;
  for (double value = range.low; value <= end; value = range.after(value)) {
    if (values.size() == kMaxPoints)
      throw InputError(fmt::format("'{}' has more than {} values", text, kMaxPoints));
    values.push_back(unit.format(value));
  }
  return values;
}

}  // namespace splitbench
