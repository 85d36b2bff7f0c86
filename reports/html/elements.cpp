#include "reports/html/elements.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "reports/analysis/arm_comparison.hpp"
#include "reports/html/chart_parts.hpp"
#include "reports/text/figures.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

std::string json_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string valid_utf8(std::string_view bytes) {
  const bool ascii =
      std::ranges::all_of(bytes, [](char c) { return static_cast<signed char>(c) >= 0; });
  return ascii ? std::string(bytes) : Json::parse(json_text(bytes)).get<std::string>();
}

std::string_view entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    case '\n':
    case '\t':
      return "";
    default:
      return (c >= 0 && c < ' ') || c == 0x7f ? kReplacement : "";
  }
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at))
    text.replace(at, from.size(), to);
}

}  // namespace

std::string html_text(std::string_view bytes) {
  std::string text;
  for (const char c : valid_utf8(bytes)) {
    const std::string_view escaped = entity(c);
    escaped.empty() ? text.push_back(c) : void(text.append(escaped));
  }
  return text;
}

std::string script_text(const Json& json) {
  std::string text = json_text(json);
  for (const auto& [from, to] : {std::pair{"<", "\\u003c"},
                                 {">", "\\u003e"},
                                 {"&", "\\u0026"},
                                 {"\x7f", "\\u007f"},
                                 {"\u2028", "\\u2028"},
                                 {"\u2029", "\\u2029"}})
    replace_all(text, from, to);
  return text;
}

namespace html {
namespace {

bool is_point(std::string_view folder) {
  constexpr std::string_view kPoints = "points/";
  return folder.starts_with(kPoints) && folder.size() > kPoints.size() &&
         folder.find_first_not_of("0123456789", kPoints.size()) == std::string_view::npos;
}

}  // namespace

std::string section(std::string_view title, std::string_view caption, std::string_view content) {
  return fmt::format("<section>\n<h2>{}</h2>\n<p class=\"caption\">{}</p>\n{}</section>\n", title,
                     caption, content);
}

std::string axis_title(const Axis& axis) {
  const std::string unit = axis_text(axis).unit;
  std::string title;
  for (const char c : html_text(axis.key)) title += c == '.' ? ".<wbr>" : std::string(1, c);
  return unit.empty() ? title : fmt::format("{}, {}", title, unit);
}

std::string arm_heading(std::string_view arm) {
  return fmt::format("<th scope=\"col\"><i class=\"dot {}\"></i>{}</th>", arm_colour(arm),
                     html_text(arm));
}

std::string gain_mark(const Column& column, const Row& row, const Row* base) {
  if (base == nullptr) return "";
  const std::optional<Relative> change = relative(column, *base, row);
  if (!change) return "";
  return fmt::format("<b class=\"{}\">{}</b>",
                     !is_difference(*change) ? "same"
                     : change->gain > 1      ? "better"
                                             : "worse",
                     gain_text(change));
}

std::string invalid_attributes(const Row& row, const Column& column) {
  const auto cause = row.invalid.find(column.key);
  if (cause == row.invalid.end()) return "";
  return fmt::format(" class=\"broken\" title=\"not valid: {}\"", html_text(cause->second));
}

std::string point_link(std::string_view folder, std::string_view content) {
  return is_point(folder) ? fmt::format("<a href=\"{}/report.html\">{}</a>", folder, content)
                          : std::string(content);
}

}  // namespace html
}  // namespace splitbench
