#include "reports/html/page/colours.hpp"

#include <fmt/format.h>

#include "reports/html/page/page.hpp"

namespace splitbench::page {
namespace {

/// Returns the value of a custom property in a part of the style sheet; empty if it has none.
std::string value_in(std::string_view style, std::string_view name) {
  const std::string begin = fmt::format("--{}: ", name);
  const std::size_t at = style.find(begin);
  if (at == style.npos) return "";
  style.remove_prefix(at + begin.size());
  return std::string(style.substr(0, style.find(';')));
}

}  // namespace

Colour colour(std::string_view name) {
  const std::size_t dark = kStyle.find("prefers-color-scheme: dark");
  Colour found{value_in(kStyle.substr(0, dark), name), value_in(kStyle.substr(dark), name)};
  if (found.light.empty()) found.light = "#000000";
  if (found.dark.empty()) found.dark = "#ffffff";
  return found;
}

}  // namespace splitbench::page
