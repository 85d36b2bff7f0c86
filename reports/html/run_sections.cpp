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
constexpr Line kFigures[] = {{"highest rate within SLO", "max_goodput_rate"},
                             {"TTFT p50", "ttft_p50"},
                             {"TTFT p99", "ttft_p99"},
                             {"transfer p50", "transfer_p50"},
                             {"exposed in TTFT, mean", "exposed_transfer_mean"},
                             {"TPOT mean", "tpot_mean"},
                             {"request throughput", "request_throughput"},
                             {"SLO attainment", "slo_attainment"},
                             {"within SLO", "request_goodput"},
                             {"compression ratio", "compression_ratio"},
                             {"on the wire", "wire_bytes"},
                             {"link in use", "link_utilisation"}};
constexpr Line kChecks[] = {{"intrusion", "intrusion"},
                            {"stage inflation", "stage_inflation"},
                            {"late arrivals", "late_arrivals"}};

bool has_figures(const Report& report, const Column* column) {
  return column != nullptr && std::ranges::any_of(report.rows, [column](const Row& row) {
           return shown_figure(row, column->key).has_value();
         });
}

/// Returns a cell with a figure, and below it its interval and its gain.
Html figure_cell(const Column& column, const FigureStyle& style, const Row& row, const Row* base) {
  if (!shown_figure(row, column.key)) return element("td", "–");
  const std::string interval = interval_text(row, column, style);
  const Html gain = gain_mark(column, row, base);
  Html content = value_text(row, column, style);
  if (!interval.empty() || !gain.empty())
    content +=
        element("small", element("span", interval.empty() ? "" : "± " + interval) + " " + gain);
  return element("td", invalid_attributes(row, column), content);
}

Html line_of(const Report& report, std::string_view label, const Column& column) {
  const RawRows raw(report);
  const FigureStyle style = style_for(report, column);
  Html cells = row_head(label + (" " + element("small", style.scale.unit)));
  for (const Row& row : report.rows) cells += figure_cell(column, style, row, raw.beside(row));
  return line("tr", cells);
}

Html lines_of(const Report& report, std::span<const Line> lines) {
  Html all;
  for (const Line& line : lines)
    if (const Column* column = find_column(report, line.key); has_figures(report, column))
      all += line_of(report, line.label, *column);
  return all;
}

Html word_line(const Report& report, std::string_view label, std::string Row::*word) {
  const auto said = [word](const Row& row) { return !(row.*word).empty(); };
  if (std::ranges::none_of(report.rows, said)) return {};
  Html cells = row_head(label);
  for (const Row& row : report.rows) cells += element("td", {{"class", "word"}}, row.*word);
  return line("tr", cells);
}

Html table_of_arms(const Report& report, const Html& bodies) {
  Html head = element("td", "");
  for (const Row& row : report.rows) head += arm_heading(row.axes.at("arm"));
  return wide_table("arms", line("thead", element("tr", head)) + bodies);
}

Html chart_section(const nlohmann::ordered_json& charts, const std::string& name,
                   std::string_view title, std::string_view caption) {
  return charts.contains(name) ? section(title, caption, place_of_chart(name)) : Html();
}

}  // namespace

Html arms(const Report& report) {
  const Html bodies =
      block("tbody", lines_of(report, kFigures)) +
      block("tbody", word_line(report, "status", &Row::status) +
                         word_line(report, "load", &Row::verdict) + lines_of(report, kChecks));
  return section("The arms side by side",
                 noise_text(report.meta) +
                     " 1.25x is that many times better than raw, below 1 worse, ~ within the "
                     "noise, ! not valid: its hint says why.",
                 table_of_arms(report, bodies));
}

Html run_charts(const nlohmann::ordered_json& drawn) {
  const nlohmann::ordered_json& charts = drawn.at("charts");
  Html sections = chart_section(charts, "partition", "Where the time to first token went",
                                "Each instant from arrival to first token belongs to one stage, "
                                "so the parts add up to the mean TTFT.");
  if (!drawn.at("latencies").empty())
    sections += section(
        "Latency", "How the measured requests spread, and how long the slowest of them took.",
        place_of_choice("latency") + block("div", {{"class", "pair"}},
                                           place_of_chart("histogram") + place_of_chart("curve")));
  sections += chart_section(
      charts, "stages", "What a transfer is made of",
      "Mean active time of each stage in a request, whether or not something else hid it.");
  Html series;
  for (const char* name : {"waiting", "link_rate", "throughput"})
    if (!charts.at(name).is_null()) series += place_of_chart(name);
  if (!series.empty())
    sections +=
        section("In the course of the run", "The first repeat of each arm, warm-up included.",
                block("div", {{"class", "triple"}}, series));
  return sections;
}

Html incidents(const Report& report) {
  if (report.incidents.empty()) return {};
  Html items;
  for (const RunIncident& each : report.incidents)
    items +=
        line("li", incident_text(each) + void_element("br") + element("small", each.incident.seen));
  return section("Faults", "What went wrong in the runs, made or met, and what became of it.",
                 block("ul", {{"class", "incidents"}}, items));
}

Html all_figures(const Report& report) {
  Html lines;
  for (const Column& column : report.columns)
    if (is_shown(report, column) && has_figures(report, &column))
      lines += line_of(report, column.title, column);
  return block("details", {{"class", "all"}},
               line("summary", "All figures") + table_of_arms(report, block("tbody", lines)));
}

Html attainment(const nlohmann::ordered_json& charts) {
  Html figures;
  for (std::size_t i = 0; i < charts.size(); ++i) {
    std::string where;
    for (const nlohmann::ordered_json& text : charts[i].at("at"))
      where += (where.empty() ? "" : ", ") + text.get<std::string>();
    figures += block("div", line("p", {{"class", "caption"}}, where) +
                                place_of_chart(fmt::format("attainment-{}", i)));
  }
  if (figures.empty()) return {};
  return section("SLO attainment against the rate",
                 "The share of requests within the SLO. Marks below show up to which rate each arm "
                 "has the share that is asked for.",
                 charts.size() > 1 ? block("div", {{"class", "pair"}}, figures) : figures);
}

Html drift(const nlohmann::ordered_json& charts) {
  if (charts.is_null()) return {};
  Html figures;
  for (const nlohmann::ordered_json& name : charts.at("names"))
    figures += place_of_chart(name.get<std::string>());
  return section("As the exponents drift",
                 "Along the requests in order of their numbers. The best codebooks are those that "
                 "these very elements would have given; nobody knows them beforehand.",
                 place_of_choice("drift") + block("div", {{"class", "pair"}}, figures));
}

}  // namespace splitbench::html
