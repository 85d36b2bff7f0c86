#include "reports/html/html_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

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

}  // namespace splitbench
