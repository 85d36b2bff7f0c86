#include "reports/text/paying_region.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <functional>
#include <optional>
#include <vector>

#include "reports/analysis/arm_comparison.hpp"
#include "reports/analysis/heat_map.hpp"

namespace splitbench {
namespace {

/// Says whether something holds at a cell; nothing if that is not known.
using Claim = std::function<std::optional<bool>(const HeatCell&)>;

/// A point on one axis: the text of its value and whether the claim holds there.
struct Known {
  std::string text;
  bool holds;
};

std::optional<bool> does_pay(const HeatCell& cell) {
  return cell.gain && cell.status == "ok" ? std::optional(pays(*cell.gain)) : std::nullopt;
}

std::optional<bool> is_carried(const HeatCell& cell) {
  return cell.candidate ? std::optional(cell.carried == Carried::by_both) : std::nullopt;
}

/// Returns the axis along which regions are told: the load, where it varies, since what holds at
/// one load holds at all below it or above it.
std::string told_along(const Report& report) {
  constexpr const char* kLoad = "workload.rate";
  const bool varies = std::ranges::find(report.axes, kLoad, &Axis::key) != report.axes.end();
  return varies ? kLoad : "link.bandwidth";
}

bool ascends(const Axis& axis) {
  const auto number = [](const Axis::Value& value) { return value.number.value_or(0); };
  return std::ranges::all_of(axis.values, [](const auto& v) { return v.number.has_value(); }) &&
         std::ranges::is_sorted(axis.values, {}, number);
}

/// Returns the values of a line at which a claim holds, in words; nothing if no cell is known. A
/// range has no value in it of which nothing is known.
std::optional<std::string> line_text(const Axis& axis, const std::vector<HeatCell>& cells,
                                     const Claim& claim) {
  std::vector<Known> known;
  std::size_t first = 0, last = 0;  // of the values at which it holds
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (const std::optional<bool> holds = claim(cells[i])) {
      if (*holds && std::ranges::none_of(known, &Known::holds)) first = i;
      if (*holds) last = i;
      known.push_back({axis.values[i].text, *holds});
    }
  if (known.empty()) return std::nullopt;
  const auto holding = static_cast<std::size_t>(std::ranges::count_if(known, &Known::holds));
  if (holding == 0) return "nowhere";
  const bool gapless = last - first + 1 == holding;
  if (gapless && holding == cells.size()) return fmt::format("at every {}", axis.key);
  if (gapless && ascends(axis) && first == 0 && holding < known.size())
    return "up to " + axis.values[last].text;
  if (gapless && ascends(axis) && last + 1 == cells.size() && holding < known.size())
    return "from " + axis.values[first].text + " on";
  if (gapless && holding > 2)
    return fmt::format("at {} {} to {}", axis.key, axis.values[first].text, axis.values[last].text);
  std::vector<std::string> texts;
  for (const Known& value : known)
    if (value.holds) texts.push_back(value.text);
  return fmt::format("at {} {}", axis.key, fmt::join(texts, ", "));
}

/// Values of the y axis, one after another, for which the same holds.
struct Stretch {
  std::string text, first, last;

  std::string words() const {
    return fmt::format("{} at {}", text, first == last ? first : first + " to " + last);
  }
};

std::string map_text(const HeatMap& map, const Claim& claim) {
  std::vector<Stretch> stretches;
  for (std::size_t y = 0; y < map.cells.size(); ++y) {
    const std::optional<std::string> text = line_text(map.x, map.cells[y], claim);
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

std::string region_text(const std::vector<HeatMap>& maps, const Claim& claim) {
  if (maps.size() > kMostMaps) return "";
  std::vector<std::string> texts;
  for (const HeatMap& map : maps) {
    std::string text = map_text(map, claim);
    if (text.empty()) continue;
    std::vector<std::string> where;
    for (const auto& [axis, value] : map.at) where.push_back(fmt::format("{} {}", axis, value));
    texts.push_back(where.empty() ? text : fmt::format("{} with {}", text, fmt::join(where, ", ")));
  }
  const auto is_nowhere = [](const std::string& text) {  // not of some values of an axis alone
    return text == "nowhere" || text.starts_with("nowhere with ");
  };
  if (!texts.empty() && std::ranges::all_of(texts, is_nowhere)) return "nowhere";
  return fmt::format("{}", fmt::join(texts, "; "));
}

}  // namespace

std::string paying_region(const Report& report, const std::string& figure, const std::string& arm) {
  return region_text(heat_maps(report, {figure, "raw", arm, told_along(report)}), does_pay);
}

std::string carried_region(const Report& report, const std::string& arm) {
  return region_text(heat_maps(report, {"ttft_p50", arm, arm, told_along(report)}), is_carried);
}

}  // namespace splitbench
