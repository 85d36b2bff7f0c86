#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <span>

#include "reports/analysis/arm_comparison.hpp"
#include "reports/columns.hpp"
#include "reports/html/chart_parts.hpp"
#include "reports/html/elements.hpp"
#include "reports/html/sections.hpp"
#include "reports/text/figures.hpp"
#include "reports/text/report_text.hpp"

namespace splitbench::html {
namespace {

/// A line of the table of arms.
struct Line {
  std::string_view label;
  std::string_view key;
};
constexpr Line kFigures[] = {
    {"TTFT p50", "ttft_p50"},          {"TTFT p99", "ttft_p99"},
    {"transfer p50", "transfer_p50"},  {"exposed in TTFT, mean", "exposed_transfer_mean"},
    {"TPOT mean", "tpot_mean"},        {"request throughput", "request_throughput"},
    {"within SLO", "request_goodput"}, {"compression ratio", "compression_ratio"},
    {"on the wire", "wire_bytes"}};
constexpr Line kChecks[] = {{"intrusion", "intrusion"},
                            {"stage inflation", "stage_inflation"},
                            {"late arrivals", "late_arrivals"}};

bool has_figures(const Report& report, const Column* column) {
  return column != nullptr && std::ranges::any_of(report.rows, [column](const Row& row) {
           return shown_figure(row, column->key).has_value();
         });
}

/// Returns a cell with a figure, and below it its spread and its gain.
std::string figure_cell(const Column& column, const FigureStyle& style, const Row& row,
                        const Row* base) {
  if (!shown_figure(row, column.key)) return "<td>–</td>";
  const std::string spread = spread_text(row, column, style);
  const std::string gain = gain_mark(column, row, base);
  std::string text =
      fmt::format("<td{}>{}", invalid_attributes(row, column), value_text(row, column, style));
  if (!spread.empty() || !gain.empty())
    text += fmt::format("<small><span>{}{}</span> {}</small>", spread.empty() ? "" : "± ", spread,
                        gain);
  return text + "</td>";
}

std::string line_of(const Report& report, std::string_view label, const Column& column) {
  const RawRows raw(report);
  const FigureStyle style = style_for(report, column);
  std::string text = fmt::format("<tr><th scope=\"row\">{} <small>{}</small></th>",
                                 html_text(label), style.scale.unit);
  for (const Row& row : report.rows) text += figure_cell(column, style, row, raw.beside(row));
  return text + "</tr>\n";
}

std::string lines_of(const Report& report, std::span<const Line> lines) {
  std::string text;
  for (const Line& line : lines)
    if (const Column* column = find_column(report, line.key); has_figures(report, column))
      text += line_of(report, line.label, *column);
  return text;
}

std::string word_line(const Report& report, std::string_view label, std::string Row::*word) {
  const auto said = [word](const Row& row) { return !(row.*word).empty(); };
  if (std::ranges::none_of(report.rows, said)) return "";
  std::string text = fmt::format("<tr><th scope=\"row\">{}</th>", label);
  for (const Row& row : report.rows)
    text += fmt::format("<td class=\"word\">{}</td>", html_text(row.*word));
  return text + "</tr>\n";
}

std::string table_of_arms(const Report& report, std::string_view bodies) {
  std::string head;
  for (const Row& row : report.rows) head += arm_heading(row.axes.at("arm"));
  return fmt::format(
      "<div class=\"scroll\">\n<table "
      "class=\"arms\">\n<thead><tr><td></td>{}</tr></thead>\n{}</table>\n</div>\n",
      head, bodies);
}

std::string place_of_chart(std::string_view name) {
  return fmt::format("<figure data-chart=\"{}\"></figure>\n", name);
}

std::string chart_section(const nlohmann::ordered_json& charts, std::string_view name,
                          std::string_view title, std::string_view caption) {
  return charts.contains(name) ? section(title, caption, place_of_chart(name)) : "";
}

}  // namespace

std::string arms(const Report& report) {
  const std::string bodies =
      fmt::format("<tbody>\n{}</tbody>\n<tbody>\n{}{}{}</tbody>\n", lines_of(report, kFigures),
                  word_line(report, "status", &Row::status),
                  word_line(report, "load", &Row::verdict), lines_of(report, kChecks));
  return section("The arms side by side",
                 report.meta.repeats > 1
                     ? "± is half the range of the repeats. 1.25x is that many times better than "
                       "raw, below 1 worse, ~ within the noise, ! not valid: its hint says why."
                     : "One repeat, so the noise is unknown. 1.25x is that many times better than "
                       "raw, below 1 worse.",
                 table_of_arms(report, bodies));
}

std::string run_charts(const nlohmann::ordered_json& drawn) {
  const nlohmann::ordered_json& charts = drawn.at("charts");
  std::string text = chart_section(charts, "partition", "Where the time to first token went",
                                   "Each instant from arrival to first token belongs to one stage, "
                                   "so the parts add up to the mean TTFT.");
  if (!drawn.at("latencies").empty())
    text += section("Latency",
                    "How the measured requests spread, and how long the slowest of them took.",
                    "<div data-choice=\"latency\"></div>\n<div class=\"pair\">\n" +
                        place_of_chart("histogram") + place_of_chart("curve") + "</div>\n");
  text += chart_section(
      charts, "stages", "What a transfer is made of",
      "Mean active time of each stage in a request, whether or not something else hid it.");
  std::string series;
  for (const char* name : {"waiting", "link_rate", "throughput"})
    if (!charts.at(name).is_null()) series += place_of_chart(name);
  if (!series.empty())
    text += section("In the course of the run", "The first repeat of each arm, warm-up included.",
                    "<div class=\"triple\">\n" + series + "</div>\n");
  return text;
}

std::string incidents(const Report& report) {
  if (report.incidents.empty()) return "";
  std::string items;
  for (const RunIncident& each : report.incidents)
    items += fmt::format("<li>{}<br><small>{}</small></li>\n", html_text(incident_text(each)),
                         html_text(each.incident.seen));
  return section("Faults", "What went wrong in the runs, made or met, and what became of it.",
                 "<ul class=\"incidents\">\n" + items + "</ul>\n");
}

std::string all_figures(const Report& report) {
  std::string lines;
  for (const Column& column : report.columns)
    if (has_figures(report, &column)) lines += line_of(report, column.title, column);
  return fmt::format("<details class=\"all\">\n<summary>All figures</summary>\n{}</details>\n",
                     table_of_arms(report, "<tbody>\n" + lines + "</tbody>\n"));
}

std::string drift(const nlohmann::ordered_json& charts) {
  if (charts.is_null()) return "";
  std::string figures;
  for (const nlohmann::ordered_json& name : charts.at("names"))
    figures += fmt::format("<figure data-chart=\"{}\"></figure>\n", name.get<std::string>());
  return section(
      "As the exponents drift",
      "Along the requests in order of their numbers. The best codebooks are those that "
      "these very elements would have given; nobody knows them beforehand.",
      "<div data-choice=\"drift\"></div>\n<div class=\"pair\">\n" + figures + "</div>\n");
}

}  // namespace splitbench::html
