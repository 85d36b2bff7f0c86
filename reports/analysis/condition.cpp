#include "reports/analysis/condition.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <regex>

#include "reports/columns.hpp"
#include "reports/quantity_text.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

[[noreturn]] void refuse(const std::string& text, const std::string& expected) {
  throw InputError(fmt::format("--fail-if '{}': {}", text, expected));
}

bool holds(double value, const std::string& op, double bound) {
  if (op == ">") return value > bound;
  if (op == ">=") return value >= bound;
  return op == "<" ? value < bound : value <= bound;
}

bool concerns(const Condition& condition, const std::map<std::string, std::string>& axes) {
  return condition.arm.empty() || axes.at("arm") == condition.arm;
}

/// Returns the bound in base units of the figure.
double absolute_bound(const Condition& condition, const Column& column) {
  if (condition.unit.empty()) return condition.bound;
  const std::optional<double> size = unit_size(condition.unit, column.unit);
  if (!size)
    refuse(condition.text, fmt::format("'{}' is no unit of {}, which is in {}", condition.unit,
                                       column.key, column.unit));
  return condition.bound * *size;
}

/// Throws InputError if no row has the figure: a condition on it must not pass for one that does
/// not hold.
[[noreturn]] void refuse_absent(const Condition& condition, const std::vector<Column>& columns) {
  std::vector<std::string_view> keys;
  std::ranges::transform(columns, std::back_inserter(keys), &Column::key);
  const std::string of_arm = condition.arm.empty() ? "" : fmt::format(" of arm {}", condition.arm);
  refuse(condition.text, fmt::format("there is no {}{}, expected one of {}", condition.key, of_arm,
                                     fmt::join(keys, ", ")));
}

void check_is_change(const Condition& condition, const Column& column) {
  if (column.unit == "share" && !condition.has_sign)
    refuse(condition.text, fmt::format("{0} is a share, expected {1} for its value or +{2}% or "
                                       "-{2}% for its change",
                                       column.key, condition.bound / 100, condition.bound));
}

/// The rows for which a condition holds; nothing if no row has the figure.
using Findings = std::optional<std::vector<Broken>>;

Findings find_changes(const Condition& condition, const Comparison& comparison) {
  Findings found;
  for (const RowChange& row : comparison.rows) {
    const auto figure =
        std::ranges::find(row.figures, condition.key, [](const auto& f) { return f.column.key; });
    if (!concerns(condition, row.axes) || figure == row.figures.end()) continue;
    check_is_change(condition, figure->column);
    if (!found) found.emplace();
    if (figure->judgement != Judgement::same &&
        holds(figure->change, condition.op, condition.bound / 100))
      found->push_back({condition.text, row.axes, figure->column, figure->before, figure->after});
  }
  return found;
}

/// Checks all rows of the candidate, whether or not the base has them.
Findings find_values(const Condition& condition, const Report& candidate) {
  const Column* column = find_column(candidate, condition.key);
  if (column == nullptr) return std::nullopt;
  const double bound = absolute_bound(condition, *column);
  Findings found;
  for (const Row& row : candidate.rows) {
    const auto value = row.values.find(condition.key);
    if (!concerns(condition, row.axes) || value == row.values.end()) continue;
    if (!found) found.emplace();
    if (holds(value->second, condition.op, bound))
      found->push_back({condition.text, row.axes, *column, std::nullopt, value->second});
  }
  return found;
}

}  // namespace

Condition parse_condition(const std::string& text) {
  static const std::regex kGrammar(
      R"(\s*(?:([^:\s]+):)?(\w+)\s*(>=|<=|>|<)\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(\S*)\s*)");
  std::smatch parts;
  if (!std::regex_match(text, parts, kGrammar))
    refuse(text, "expected [ARM:]KEY OP [+-]N% or [ARM:]KEY OP NUMBER [UNIT], OP one of > >= < <=");
  return {.text = text,
          .arm = parts[1],
          .key = parts[2],
          .op = parts[3],
          .bound = std::strtod(parts[4].str().c_str(), nullptr),
          .has_sign = parts[4].str().find_first_of("+-") == 0,
          .unit = parts[5]};
}

std::vector<Broken> broken_by(const Condition& condition, const Comparison& comparison,
                              const Report& candidate) {
  const Findings found = condition.relative() ? find_changes(condition, comparison)
                                              : find_values(condition, candidate);
  if (!found) refuse_absent(condition, candidate.columns);
  return *found;
}

}  // namespace splitbench
