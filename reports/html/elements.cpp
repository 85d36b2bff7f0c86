#include "reports/html/elements.hpp"

#include <fmt/format.h>
#include <optional>

#include "reports/analysis/arm_comparison.hpp"
#include "reports/html/chart_parts.hpp"
#include "reports/text/figures.hpp"

namespace splitbench::html {
namespace {

bool is_point(std::string_view folder) {
  constexpr std::string_view kPoints = "points/";
  return folder.starts_with(kPoints) && folder.size() > kPoints.size() &&
         folder.find_first_not_of("0123456789", kPoints.size()) == std::string_view::npos;
}

}  // namespace

Html section(const Html& title, const Html& caption, const Html& content) {
  return block("section", line("h2", title) + line("p", {{"class", "caption"}}, caption) + content);
}

Html column_head(const Html& content) {
  return element("th", {{"scope", "col"}}, content);
}

Html row_head(const Html& content) {
  return element("th", {{"scope", "row"}}, content);
}

Html wide_table(const char* name_of_class, const Html& content) {
  return block("div", {{"class", "scroll"}}, block("table", {{"class", name_of_class}}, content));
}

Html place_of_chart(const std::string& name) {
  return line("figure", {{"data-chart", name}}, "");
}

Html place_of_choice(const std::string& name) {
  return line("div", {{"data-choice", name}}, "");
}

Html axis_title(const Axis& axis) {
  Html title;
  std::string_view key = axis.key;
  for (std::size_t dot; (dot = key.find('.')) != key.npos; key.remove_prefix(dot + 1))
    title += key.substr(0, dot + 1) + void_element("wbr");
  const std::string unit = axis_text(axis).unit;
  return title + key + (unit.empty() ? "" : ", " + unit);
}

Html axis_heads(const Axis& y, const Axis& x) {
  return element("th", {{"rowspan", "2"}, {"class", "axis"}}, axis_title(y)) +
         element("th", {{"colspan", fmt::format("{}", x.values.size())}, {"class", "axis"}},
                 axis_title(x));
}

Html map_figure(const Html& title, const Html& content) {
  return block("figure", {{"class", "map"}},
               line("figcaption", title) + wide_table("heat", content));
}

Html sample(const char* name_of_class, const char* text) {
  return element("span", {{"class", name_of_class}}, text);
}

Html arm_heading(std::string_view arm) {
  return column_head(element("i", {{"class", fmt::format("dot {}", arm_colour(arm))}}, "") + arm);
}

Html gain_mark(const Column& column, const Row& row, const Row* base) {
  if (base == nullptr) return {};
  const std::optional<Relative> change = relative(column, *base, row);
  if (!change) return {};
  const char* kind = !is_difference(*change) ? "same" : change->gain > 1 ? "better" : "worse";
  return element("b", {{"class", kind}}, gain_text(change));
}

Attributes invalid_attributes(const Row& row, const Column& column) {
  const auto cause = row.invalid.find(column.key);
  if (cause == row.invalid.end()) return {};
  return {{"class", "broken"}, {"title", "not valid: " + cause->second}};
}

Html point_link(std::string_view folder, const Html& content) {
  if (!is_point(folder)) return content;
  return element("a", {{"href", fmt::format("{}/report.html", folder)}}, content);
}

}  // namespace splitbench::html
