#include "reports/text/paying_region.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>
#include <vector>

#include "reports/analysis/heat_map.hpp"

namespace splitbench {
namespace {

/// A point on one axis: the text of its value and whether the codec pays there.
struct Known {
  std::string text;
  bool pays;
};

bool ascends(const Axis& axis) {
  const auto number = [](const Axis::Value& value) { return value.number.value_or(0); };
  return std::ranges::all_of(axis.values, [](const auto& v) { return v.number.has_value(); }) &&
         std::ranges::is_sorted(axis.values, {}, number);
}

/// Returns the values of a line at which the codec pays, in words; nothing if no cell is known.
std::optional<std::string> line_text(const Axis& axis, const std::vector<HeatCell>& cells) {
  std::vector<Known> known;
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (cells[i].gain && cells[i].status == "ok")
      known.push_back(
          {axis.values[i].text, is_difference(*cells[i].gain) && cells[i].gain->gain >= kPays});
  if (known.empty()) return std::nullopt;
  const auto paying = std::ranges::count_if(known, &Known::pays);
  if (paying == 0) return "nowhere";
  if (paying == std::ssize(known)) return fmt::format("at every {}", axis.key);
  if (ascends(axis) && std::ranges::is_partitioned(known, &Known::pays))
    return "up to " + known[static_cast<std::size_t>(paying) - 1].text;
  if (ascends(axis) && std::ranges::is_partitioned(known, std::logical_not(), &Known::pays))
    return "from " + known[known.size() - static_cast<std::size_t>(paying)].text + " on";
  std::vector<std::string> texts;
  for (const Known& value : known)
    if (value.pays) texts.push_back(value.text);
  return fmt::format("at {} {}", axis.key, fmt::join(texts, ", "));
}

/// Values of the y axis, one after another, for which the same holds.
struct Stretch {
  std::string text, first, last;

  std::string words() const {
    return fmt::format("{} at {}", text, first == last ? first : first + " to " + last);
  }
};

std::string map_text(const HeatMap& map) {
  std::vector<Stretch> stretches;
  for (std::size_t y = 0; y < map.cells.size(); ++y) {
    const std::optional<std::string> text = line_text(map.x, map.cells[y]);
    if (!text) continue;
    const std::string& here = map.y.values[y].text;
    if (stretches.empty() || stretches.back().text != *text)
      stretches.push_back({*text, here, here});
    stretches.back().last = here;
  }
  if (stretches.empty()) return "";
  if (stretches.size() == 1) return stretches.front().text;
  std::vector<std::string> texts;
  for (const Stretch& stretch : stretches) texts.push_back(stretch.words());
  texts.front().insert(texts.front().find(" at ", stretches.front().text.size()) + 4,
                       map.y.key + " ");
  return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace

std::string paying_region(const Report& report, const std::string& figure, const std::string& arm) {
  const std::vector<HeatMap> maps = heat_maps(report, {figure, "raw", arm});
  if (maps.size() > kMostMaps) return "";
  std::vector<std::string> texts;
  for (const HeatMap& map : maps) {
    std::string text = map_text(map);
    if (text.empty()) continue;
    std::vector<std::string> where;
    for (const auto& [axis, value] : map.at) where.push_back(fmt::format("{} {}", axis, value));
    texts.push_back(where.empty() ? text : fmt::format("{} with {}", text, fmt::join(where, ", ")));
  }
  return fmt::format("{}", fmt::join(texts, "; "));
}

}  // namespace splitbench
