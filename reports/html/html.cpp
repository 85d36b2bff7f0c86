#include "reports/html/html.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <regex>
#include <span>
#include <utility>
#include <vector>

#include "reports/columns.hpp"
#include "reports/html/charts.hpp"
#include "reports/html/elements.hpp"
#include "reports/html/markup.hpp"
#include "reports/html/page/page.hpp"
#include "reports/html/sections.hpp"
#include "reports/quantity_text.hpp"
#include "reports/text/answer.hpp"
#include "reports/text/decision.hpp"
#include "reports/text/report_text.hpp"

namespace splitbench {
namespace {

using html::block, html::element, html::Html, html::line;

using Json = nlohmann::ordered_json;

/// The page around its title, style, content, data and scripts. It forbids fetching anything: the
/// page would change over time, or reveal that it is read.
constexpr std::string_view kPage = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
{}<style>
{}</style>
</head>
<body>
{}{}<script>
{}</script>
<script>
{}</script>
</body>
</html>
)";

/// The number of warnings above which the rest is folded up.
constexpr std::size_t kWarningsShown = 6;

/// Returns a sentence in which no line ends between a number and its unit.
std::string unbroken(const std::string& sentence) {
  static const std::regex kQuantity("([0-9]) (/s|[kMGT]?bit/s|(?:n|µ|m)?s|%|points)");
  return std::regex_replace(sentence, kQuantity, "$1\u00A0$2");
}

/// Returns a sentence as a list item in which its subject, before the colon, is set apart.
Html sentence_item(const std::string& text) {
  const std::string sentence = unbroken(text);
  const std::size_t colon = sentence.find(": ");
  if (colon == std::string::npos) return line("li", sentence);
  return line("li", element("span", {{"class", "what"}}, sentence.substr(0, colon)) + " " +
                        sentence.substr(colon + 2));
}

std::string slo_text(const Slo& slo) {
  std::vector<std::string> bounds;
  for (const auto& [name, bound] :
       {std::pair("TTFT", slo.ttft), {"TPOT", slo.tpot}, {"E2EL", slo.e2el}})
    if (bound) bounds.push_back(fmt::format("{} {}", name, quantity_text(seconds(*bound), "s")));
  return bounds.empty() ? "" : fmt::format("SLO {}", fmt::join(bounds, ", "));
}

std::string what_ran(const ReportMeta& meta) {
  std::string text;
  const auto add = [&text](const std::string& part) {
    if (!part.empty()) text += (text.empty() ? "" : " · ") + part;
  };
  add(meta.model);
  add(meta.kv_dtype);
  add(meta.kv.empty() ? "" : "KV of " + meta.kv);
  add(meta.workers);
  if (meta.link_bandwidth)
    add(fmt::format("{}, {}", quantity_text(*meta.link_bandwidth, "bit/s"),
                    quantity_text(seconds(meta.link_latency), "s")));
  add(meta.backend);
  add(meta.time.empty() ? "" : meta.time + " time");
  add(seeds_text(meta));
  add(fmt::format("{} repeat{}", meta.repeats, meta.repeats == 1 ? "" : "s"));
  if (!meta.verify.empty()) add("verify " + meta.verify);
  add(meta.transport);
  add(slo_text(meta.slo));
  add(declared_text(meta));
  return text;
}

Html list(std::span<const std::string> items) {
  Html all;
  for (const std::string& item : items) all += line("li", item);
  return block("ul", all);
}

Html warnings(const ReportMeta& meta) {
  if (meta.warnings.empty()) return {};
  const std::span<const std::string> all = meta.warnings;
  const std::size_t shown = std::min(kWarningsShown, all.size());
  Html lists = list(all.first(shown));
  if (shown < all.size())
    lists += line("details", line("summary", fmt::format("{} more", all.size() - shown)) +
                                 list(all.subspan(shown)));
  return block("div", {{"class", "warnings"}, {"role", "note"}}, lists);
}

/// Returns what the words of the answer mean.
std::string words_of_answer(const Report& report) {
  if (deciding_figures(report).empty() || answered_arms(report).empty()) return "";
  const auto is_bypass = [](const Row& row) { return row.axes.at("arm") == "bypass"; };
  const std::string arms = std::ranges::any_of(report.rows, is_bypass)
                               ? "raw sends KV as it is, bypass in frames that compress nothing; "
                                 "the other arms compress."
                               : "raw sends KV as it is; the other arms compress it.";
  const std::string_view pays =
      is_search(report)
          ? "An arm pays where its highest rate within the SLO is at least 1.05x raw's."
          : "An arm pays where TTFT or goodput is at least 1.05x better than raw's, beyond the "
            "noise, or where it alone carries the load: no queue grows for as long as the run "
            "lasts.";
  return fmt::format("{} {}", pays, arms);
}

/// Returns the sentences of the answer that come first, and those that follow the chart, where
/// there is one.
std::pair<std::vector<std::string>, std::vector<std::string>> divided_answer(const Report& report,
                                                                             bool has_chart) {
  constexpr std::size_t kFirst = 2;
  std::vector<std::string> first = answer(report), rest;
  if (!has_chart || first.size() <= kFirst) return {first, {}};
  rest.assign(first.begin() + kFirst, first.end());
  first.resize(kFirst);
  return {first, rest};
}

Html sentences(const std::vector<std::string>& all) {
  Html items;
  for (const std::string& sentence : all) items += sentence_item(sentence);
  return block("ul", {{"class", "answer"}}, items);
}

/// Returns the scenario, the answer, whether it is valid, and what was run.
Html heading(const Report& report, const std::vector<std::string>& answer) {
  const ReportMeta& meta = report.meta;
  const Html badge = element("span", {{"class", meta.valid ? "badge valid" : "badge not-valid"}},
                             meta.valid ? "valid" : "NOT VALID");
  const std::string words = words_of_answer(report);
  return block("header", line("p", {{"class", "product"}},
                              report.axes.empty() ? "splitbench run" : "splitbench sweep") +
                             line("h1", meta.scenario + " " + badge) + sentences(answer) +
                             warnings(meta) +
                             line("p", {{"class", "meta"}}, unbroken(what_ran(meta))) +
                             (words.empty() ? Html() : line("p", {{"class", "meta"}}, words)));
}

Html run_content(const Report& report, const Json& charts, const Json& attainment,
                 const Json& drift) {
  return html::attainment(attainment) + html::arms(report) + html::incidents(report) +
         html::drift(drift) + html::run_charts(charts) + html::all_figures(report);
}

Html sweep_content(const Report& report, const Json& attainment, const Json& drift,
                   const std::vector<std::string>& answer) {
  const Html by_figure =
      answer.empty() ? Html() : html::section("Figure by figure", "", sentences(answer));
  return html::attainment(attainment) + by_figure + html::winner_maps(report) +
         html::heat_maps(report) + html::drift(drift) + html::sweep_chart() +
         html::incidents(report) + html::points(report);
}

}  // namespace

std::string to_html(const Report& report) {
  const bool is_sweep = !report.axes.empty();
  const Json drawn = is_sweep ? sweep_figures(report) : run_charts(report);
  const Json drift = drift_charts(report), attainment = attainment_charts(report);
  Json figures = {{is_sweep ? "sweep" : "run", drawn}};
  if (!drift.is_null()) figures["drift"] = drift;
  if (!attainment.empty()) figures["attainment"] = attainment;
  const Html title = line("title", report.meta.scenario + " · splitbench");
  const auto [first, rest] = divided_answer(report, is_sweep && !attainment.empty());
  const Html content = is_sweep ? sweep_content(report, attainment, drift, rest)
                                : run_content(report, drawn, attainment, drift);
  const Html main = block("main", heading(report, first) + content);
  const Html data = html::data_element("figures", figures);
  return fmt::format(kPage, title.markup(), page::kStyle, main.markup(), data.markup(),
                     page::kChartJs, page::kScript);
}

}  // namespace splitbench
