#include "reports/text/csv.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <ranges>
#include <set>
#include <string_view>
#include <system_error>
#include <vector>

#include "reports/columns.hpp"
#include "reports/quantity_text.hpp"
#include "workloads/printable_text.hpp"

namespace splitbench {
namespace {

bool is_number(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

/// Returns whether a spreadsheet would compute a cell, and run what it says.
bool is_formula(std::string_view text) {
  return !text.empty() && std::string_view("=+-@\t").find(text[0]) != std::string_view::npos &&
         !is_number(text);
}

/// Returns a text in one line, with escapes for what a terminal would act on.
std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : printable(text)) line += c == '\n' ? "\\n" : std::string(1, c);
  return line;
}

std::string field(const std::string& given) {
  std::string text = one_line(given);
  const bool formula = is_formula(text);
  if (!formula && text.find_first_of(",;\"\t") == std::string::npos) return text;
  std::string quoted = formula ? "\"'" : "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string field(const nlohmann::ordered_json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? field(value.get<std::string>()) : value.dump();
}

std::string line(const std::vector<std::string>& fields) {
  return fmt::format("{}\n", fmt::join(fields, ","));
}

/// A column of the file: its key, the base unit of its numbers, and its cells by row.
struct CsvColumn {
  std::string key;
  std::string unit;  // empty: text
  std::vector<std::string> cells;
};

/// Returns numbers in the shortest form that reads back the same, as integers or all with a point.
std::vector<std::string> number_cells(const std::vector<std::optional<double>>& numbers,
                                      std::string_view unit) {
  const auto is_whole = [](const std::optional<double>& number) {
    constexpr double kMostDigits = 1e15;  // above, not every integer is a double
    return !number || (std::trunc(*number) == *number && std::abs(*number) < kMostDigits);
  };
  const bool whole = (unit == "count" || unit == "bytes") && std::ranges::all_of(numbers, is_whole);
  std::vector<std::string> cells;
  for (const std::optional<double>& number : numbers)
    cells.push_back(!number                                        ? ""
                    : unit == "bit/s" && *number >= kUnlimitedRate ? "inf"
                    : whole                                        ? fmt::format("{:.0f}", *number)
                                                                   : fmt::format("{:#}", *number));
  return cells;
}

CsvColumn figure_column(const Report& report, const Column& column, std::string_view suffix,
                        std::map<std::string, double> Row::*figures) {
  std::vector<std::optional<double>> numbers;
  for (const Row& row : report.rows) {
    const auto found = (row.*figures).find(column.key);
    numbers.push_back(found == (row.*figures).end() ? std::nullopt : std::optional(found->second));
  }
  return {fmt::format("{}{}", column.key, suffix), column.unit, number_cells(numbers, column.unit)};
}

CsvColumn text_column(const std::string& key, const Report& report, const auto& text_of) {
  CsvColumn column{.key = key, .unit = "", .cells = {}};
  for (const Row& row : report.rows) column.cells.push_back(field(text_of(row)));
  return column;
}

/// Returns a value of an axis in base units; a link may be "unlimited".
std::optional<double> number_of(const Axis& axis, const Axis::Value& value) {
  if (axis.unit == "bit/s" && value.text == "unlimited") return kUnlimitedRate;
  return value.number;
}

/// Returns an axis as numbers if it has a unit and each of its values is one, else as text.
CsvColumn axis_column(const Report& report, const std::string& key) {
  const auto axis = std::ranges::find(report.axes, key, &Axis::key);
  const auto is_number = [&](const Axis::Value& value) {
    return number_of(*axis, value).has_value();
  };
  if (axis == report.axes.end() || axis->unit.empty() ||
      !std::ranges::all_of(axis->values, is_number))
    return text_column(key, report, [&](const Row& row) {
      return row.axes.contains(key) ? row.axes.at(key) : "";
    });
  std::vector<std::optional<double>> numbers;
  for (const Row& row : report.rows) {
    const auto value = std::ranges::find(axis->values, row.axes.at(key), &Axis::Value::text);
    numbers.push_back(value == axis->values.end() ? std::nullopt : number_of(*axis, *value));
  }
  return {key, axis->unit, number_cells(numbers, axis->unit)};
}

/// Returns every column of a report.
std::vector<CsvColumn> columns_of(const Report& report) {
  std::set<std::string> axes;
  for (const Row& row : report.rows)
    for (const auto& [axis, value] : row.axes) axes.insert(axis);
  std::vector<CsvColumn> columns;
  for (const std::string& axis : axes) columns.push_back(axis_column(report, axis));
  columns.push_back(text_column("status", report, [](const Row& row) { return row.status; }));
  columns.push_back(text_column("verdict", report, [](const Row& row) { return row.verdict; }));
  columns.push_back(text_column("invalid", report, [](const Row& row) {
    return fmt::format("{}", fmt::join(row.invalid | std::views::keys, " "));
  }));
  for (const auto& [suffix, figures] :
       {std::pair("", &Row::values), {"_spread", &Row::spread}, {"_ci95", &Row::ci95}})
    for (const Column& column : report.columns)
      columns.push_back(figure_column(report, column, suffix, figures));
  return columns;
}

/// Returns the unit of a figure's column, or of its spread, that this report lacks.
std::string unit_of(std::string_view key) {
  for (const std::string_view suffix : {"_spread", "_ci95"})
    if (key.ends_with(suffix)) key.remove_suffix(suffix.size());
  const std::vector<Column> all = all_columns();
  const auto found = std::ranges::find(all, key, &Column::key);
  return found == all.end() ? "" : found->unit;
}

/// Returns the columns with these keys, in their order; a missing one is empty.
std::vector<CsvColumn> chosen(const std::vector<CsvColumn>& all, std::span<const std::string> keys,
                              std::size_t rows) {
  std::vector<CsvColumn> columns;
  for (const std::string& key : keys) {
    const auto found = std::ranges::find(all, key, &CsvColumn::key);
    columns.push_back(
        found != all.end() ? *found : CsvColumn{key, unit_of(key), std::vector<std::string>(rows)});
  }
  return columns;
}

}  // namespace

std::vector<std::string> csv_keys(const Report& report) {
  std::vector<std::string> keys;
  for (const CsvColumn& column : columns_of(report)) keys.push_back(column.key);
  return keys;
}

std::string to_csv(const Report& report, std::span<const std::string> keys) {
  std::vector<CsvColumn> columns = columns_of(report);
  if (!keys.empty()) columns = chosen(columns, keys, report.rows.size());
  std::vector<std::string> header;
  for (const CsvColumn& column : columns)
    header.push_back(
        field(column.unit.empty() ? column.key : fmt::format("{} [{}]", column.key, column.unit)));
  std::string text = line(header);
  for (std::size_t row = 0; row < report.rows.size(); ++row) {
    std::vector<std::string> fields;
    for (const CsvColumn& column : columns) fields.push_back(column.cells[row]);
    text += line(fields);
  }
  return text;
}

std::string to_csv(const nlohmann::ordered_json& rows) {
  std::string text;
  for (const auto& row : rows) {
    std::vector<std::string> header, fields;
    for (const auto& [key, value] : row.items()) {
      header.push_back(field(key));
      fields.push_back(field(value));
    }
    if (text.empty()) text = line(header);
    text += line(fields);
  }
  return text;
}

}  // namespace splitbench
