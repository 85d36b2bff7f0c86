#include "reports/html/markup.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

namespace splitbench::html {
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

std::string escaped(std::string_view bytes) {
  std::string text;
  for (const char c : valid_utf8(bytes)) {
    const std::string_view replacement = entity(c);
    replacement.empty() ? text.push_back(c) : void(text.append(replacement));
  }
  return text;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at))
    text.replace(at, from.size(), to);
}

/// Returns JSON without a character that means something to HTML, or ends a line in JavaScript.
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

}  // namespace

Html::Html(std::string_view text) : markup_(escaped(text)) {}

Html& Html::operator+=(const Html& next) {
  markup_ += next.markup_;
  return *this;
}

Html void_element(Name name) {
  Html made;
  made.markup_ = fmt::format("<{}>", name.text);
  return made;
}

Html element(Name name, const Attributes& attributes, const Html& content) {
  std::string opening(name.text);
  for (const auto& [key, value] : attributes)
    opening += fmt::format(" {}=\"{}\"", key.text, escaped(value));
  Html made;
  made.markup_ = fmt::format("<{}>{}</{}>", opening, content.markup_, name.text);
  return made;
}

Html element(Name name, const Html& content) {
  return element(name, {}, content);
}

Html line(Name name, const Attributes& attributes, const Html& content) {
  return element(name, attributes, content) + "\n";
}

Html line(Name name, const Html& content) {
  return line(name, {}, content);
}

Html block(Name name, const Attributes& attributes, const Html& content) {
  return line(name, attributes, "\n" + content);
}

Html block(Name name, const Html& content) {
  return block(name, {}, content);
}

Html data_element(std::string_view id, const Json& json) {
  Html made;
  made.markup_ = fmt::format("<script type=\"application/json\" id=\"{}\">{}</script>\n",
                             escaped(id), script_text(json));
  return made;
}

}  // namespace splitbench::html
