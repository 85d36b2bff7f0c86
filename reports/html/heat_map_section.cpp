#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "reports/analysis/arm_comparison.hpp"
#include "reports/analysis/heat_map.hpp"
#include "reports/analysis/verdict.hpp"
#include "reports/columns.hpp"
#include "reports/html/elements.hpp"
#include "reports/html/sections.hpp"
#include "reports/text/figures.hpp"

namespace splitbench::html {
namespace {

/// The gain at which a cell has its full colour: the most that bf16 in 12 bits can give a transfer.
constexpr double kFullGain = 4.0 / 3;

/// Returns a number on an axis in the form of the axis's labels.
std::string on_axis(double number, const Axis& axis) {
  const bool in_k = axis.unit == "count" && number >= 1024;
  const double shown = in_k ? number / 1024 : number * axis_text(axis).factor;
  return fmt::format("{:.{}f}{}", shown, shown < 10 ? 2 : shown < 100 ? 1 : 0, in_k ? "k" : "");
}

/// Returns what a cell shows in place of a gain where a load is not carried.
const char* text_of(Carried carried) {
  switch (carried) {
    case Carried::by_candidate:
      return "▲";
    case Carried::by_base:
      return "▼";
    case Carried::by_neither:
      return "=";
    case Carried::by_both:
      return "";
  }
  return "";
}

const char* class_of(Carried carried) {
  return carried == Carried::by_candidate ? "pays" : carried == Carried::by_base ? "costs" : "even";
}

bool is_overloaded(const HeatCell& cell) {
  return cell.status == kVerdictNames[Verdict::overloaded];
}

/// Returns whether both have a figure, and one of them is zero, so that there is no ratio.
bool is_zero(const HeatCell& cell) {
  return cell.status == "ok" && !cell.gain && cell.base && cell.candidate;
}

const char* kind_of(const HeatCell& cell) {
  if (is_overloaded(cell)) return class_of(cell.carried);
  if (is_zero(cell)) return "even";
  if (cell.status != "ok" || !cell.gain) return "broken";
  return cell.side() > 0 ? "pays" : cell.side() < 0 ? "costs" : "even";
}

std::string classes_of(const HeatCell& cell, bool edge_right, bool edge_below) {
  std::string classes = kind_of(cell);
  if (edge_right) classes += " edge-right";
  if (edge_below) classes += " edge-below";
  return classes;
}

std::string text_of(const HeatCell& cell) {
  if (is_overloaded(cell)) return text_of(cell.carried);
  if (is_zero(cell)) return "–";
  if (!cell.gain) return "✕";
  if (cell.gain->noise) return "~";
  const std::string gain = fmt::format("{:.2f}", cell.gain->gain);
  return cell.status == "ok" ? gain : gain + "!";
}

std::string hint_of(const HeatCell& cell, const HeatMapQuestion& question, const Column& column) {
  if (is_overloaded(cell))
    return fmt::format("load carried by {}", cell.carried == Carried::by_neither ? "neither"
                                             : cell.carried == Carried::by_base
                                                 ? question.base
                                                 : question.candidate);
  if (!cell.base || !cell.candidate) return cell.status;
  return fmt::format("{} {}, {} {}, {}: {}", question.base, quantity_text(*cell.base, column.unit),
                     question.candidate, quantity_text(*cell.candidate, column.unit),
                     gain_text(cell.gain), cell.status);
}

bool has_crossing(const std::vector<Crossing>& crossings, std::size_t after) {
  return std::ranges::find(crossings, after, &Crossing::after) != crossings.end();
}

/// Returns the places at which a line of cells breaks even; if it does not, a bound on them.
std::string break_even_text(const std::vector<Crossing>& crossings,
                            const std::vector<HeatCell>& cells, const Axis& axis) {
  std::vector<std::string> places;
  for (const Crossing& crossing : crossings)
    places.push_back(crossing.at ? on_axis(*crossing.at, axis) : "");
  if (!places.empty()) return fmt::format("{}", fmt::join(places, ", "));
  std::optional<double> best, worst;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::optional<double> here = axis.values[i].number;
    if (!here) continue;
    if (cells[i].side() > 0) best = std::max(best.value_or(*here), *here);
    if (cells[i].side() < 0) worst = std::min(worst.value_or(*here), *here);
  }
  if (best) return "> " + on_axis(*best, axis);
  return worst ? "< " + on_axis(*worst, axis) : "–";
}

Html break_even_cell(const std::string& text) {
  return element("td", {{"class", "break-even"}}, text);
}

Html predicted_cell(const std::optional<double>& bandwidth, const Axis& axis) {
  return break_even_cell(bandwidth ? on_axis(*bandwidth, axis) : "–");
}

Html break_even_head(const char* stages) {
  return element("th", {{"class", "break-even"}}, stages);
}

Html head_of(const HeatMap& map) {
  Html titles = axis_heads(map.y, map.x), labels;
  titles +=
      element("th", {{"colspan", map.predicted.empty() ? "1" : "2"}, {"class", "axis break-even"}},
              "breaks even at");
  for (const std::string& label : axis_text(map.x).labels) labels += column_head(label);
  labels += break_even_head("measured");
  if (!map.predicted.empty()) labels += break_even_head("predicted");
  return block("thead", line("tr", titles) + line("tr", labels));
}

Html cell_of(const HeatMap& map, std::size_t y, std::size_t x, const HeatMapQuestion& question,
             const Column& column) {
  const HeatCell& cell = map.cells[y][x];
  const double heat =
      cell.gain ? std::min(1.0, std::abs(std::log(cell.gain->gain)) / std::log(kFullGain)) : 0;
  return element("td",
                 {{"class", classes_of(cell, has_crossing(map.along_x[y], x),
                                       has_crossing(map.along_y[x], y))},
                  {"style", fmt::format("--heat:{:.0f}%", 100 * heat)},
                  {"title", hint_of(cell, question, column)}},
                 point_link(cell.folder, text_of(cell)));
}

Html line_of(const HeatMap& map, std::size_t y, const HeatMapQuestion& question,
             const Column& column) {
  Html cells = row_head(axis_text(map.y).labels[y]);
  for (std::size_t x = 0; x < map.cells[y].size(); ++x)
    cells += cell_of(map, y, x, question, column);
  cells += element("td", {{"class", "break-even measured"}},
                   break_even_text(map.along_x[y], map.cells[y], map.x));
  if (!map.predicted.empty()) cells += predicted_cell(map.predicted[y], map.x);
  return line("tr", cells);
}

/// Returns the line that says where each column breaks even, if any does.
Html foot_of(const HeatMap& map) {
  const auto crosses = [](const auto& crossings) { return !crossings.empty(); };
  if (std::ranges::none_of(map.along_y, crosses)) return {};
  Html cells = element("th", {{"scope", "row"}, {"class", "axis"}}, "breaks even at");
  for (const std::vector<Crossing>& crossings : map.along_y) {
    const bool known = !crossings.empty() && crossings.front().at;
    cells += break_even_cell(known ? on_axis(*crossings.front().at, map.y) : "");
  }
  return block("tfoot", line("tr", cells));
}

Html table_of(const HeatMap& map, const HeatMapQuestion& question, const Column& column) {
  Html lines;
  for (std::size_t y = 0; y < map.cells.size(); ++y) lines += line_of(map, y, question, column);
  std::string where;
  for (const auto& [axis, value] : map.at)
    where += fmt::format("{}{} {}", where.empty() ? " · " : ", ", axis, value);
  return map_figure(fmt::format("{}, {}{}", question.candidate, column.title, where),
                    head_of(map) + block("tbody", lines) + foot_of(map));
}

/// Returns the maps of an arm; of a search for the highest rate that of the rate alone, since each
/// arm's other figures are of a rate of its own.
Html tables_of(const Report& report, const std::string& arm) {
  std::vector<const char*> figures = {"ttft_p50", "request_goodput", "slo_attainment",
                                      "transfer_p50"};
  if (is_search(report)) figures = {"max_goodput_rate"};
  Html tables;
  for (const char* figure : figures) {
    if (!is_in_some_row(report, figure)) continue;
    const HeatMapQuestion question = {figure, "raw", arm};
    for (const HeatMap& map : splitbench::heat_maps(report, question))
      tables += table_of(map, question, *find_column(report, figure));
  }
  return tables;
}

Html key_of(const Report& report) {
  Html key = sample("pays", "1.33") + " better than raw " + sample("costs", "0.90") + " worse " +
             sample("even", "~") + " within the noise " + sample("broken", "1.20!") +
             " not valid " + sample("broken", "✕") + " no result " + sample("even", "–") +
             " no ratio, or none breaks even " + sample("line", "") + " breaks even";
  const auto overloaded = [](const Row& row) { return splitbench::is_overloaded(row); };
  if (std::ranges::any_of(report.rows, overloaded))
    key += void_element("br") + sample("pays", "▲") + " carries a load that raw does not " +
           sample("costs", "▼") + " raw alone does " + sample("even", "=") + " neither";
  return line("p", {{"class", "key"}}, key);
}

}  // namespace

Html heat_maps(const Report& report) {
  Html all;
  for (const std::string& arm : answered_arms(report)) {
    const Html tables = tables_of(report, arm);
    if (tables.empty()) continue;
    all += all.empty() ? tables : block("details", line("summary", arm) + tables);
  }
  if (all.empty()) return {};
  return section("Where it pays",
                 "How many times better an arm is than raw at each point. The thick line is where "
                 "it breaks even; predicted: up to which bandwidth it pays by its own rates.",
                 all + key_of(report));
}

}  // namespace splitbench::html
