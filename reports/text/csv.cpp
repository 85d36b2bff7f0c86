#include "reports/text/csv.hpp"

#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <ranges>
#include <set>
#include <string_view>
#include <system_error>
#include <vector>

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
  return !text.empty() && std::string_view("=+-@\t\r\n").find(text[0]) != std::string_view::npos &&
         !is_number(text);
}

std::string field(const std::string& text) {
  const bool formula = is_formula(text);
  if (!formula && text.find_first_of(",;\"\t\r\n") == std::string::npos) return text;
  std::string quoted = formula ? "\"'" : "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string figure(const std::map<std::string, double>& figures, const std::string& key) {
  const auto found = figures.find(key);
  return found == figures.end() ? "" : fmt::format("{}", found->second);
}

std::string field(const nlohmann::ordered_json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? field(value.get<std::string>()) : value.dump();
}

std::string line(const std::vector<std::string>& fields) {
  return fmt::format("{}\n", fmt::join(fields, ","));
}

}  // namespace

std::string to_csv(const Report& report) {
  std::set<std::string> axes;
  for (const Row& row : report.rows)
    for (const auto& [axis, value] : row.axes) axes.insert(axis);

  std::vector<std::string> header;
  for (const std::string& axis : axes) header.push_back(field(axis));
  header.insert(header.end(), {"status", "verdict", "invalid"});
  for (const Column& column : report.columns) header.push_back(field(column.key));
  for (const char* of : {"_spread", "_ci95"})
    for (const Column& column : report.columns) header.push_back(field(column.key + of));

  std::string text = line(header);
  for (const Row& row : report.rows) {
    std::vector<std::string> fields;
    for (const std::string& axis : axes)
      fields.push_back(row.axes.contains(axis) ? field(row.axes.at(axis)) : "");
    fields.insert(fields.end(),
                  {field(row.status), field(row.verdict),
                   field(fmt::format("{}", fmt::join(row.invalid | std::views::keys, " ")))});
    for (const auto* figures : {&row.values, &row.spread, &row.ci95})
      for (const Column& column : report.columns) fields.push_back(figure(*figures, column.key));
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
