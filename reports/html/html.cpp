#include "reports/html/html.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "reports/html/charts.hpp"
#include "reports/html/markup.hpp"
#include "reports/html/page/page.hpp"
#include "reports/html/sections.hpp"
#include "reports/quantity_text.hpp"
#include "reports/text/answer.hpp"
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

/// Returns a sentence as a list item in which its subject, before the colon, is set apart.
Html sentence_item(const std::string& sentence) {
  const std::size_t colon = sentence.find(": ");
  if (colon == std::string::npos) return line("li", sentence);
  return line("li", element("span", {{"class", "what"}}, sentence.substr(0, colon)) + " " +
                        sentence.substr(colon + 2));
}

std::string what_ran(const ReportMeta& meta) {
  std::string text;
  const auto add = [&text](const std::string& part) {
    if (!part.empty()) text += (text.empty() ? "" : " · ") + part;
  };
  add(meta.model);
  add(meta.kv_dtype);
  add(meta.kv.empty() ? "" : "KV of " + meta.kv);
  if (meta.link_bandwidth)
    add(fmt::format("{}, {}", quantity_text(*meta.link_bandwidth, "bit/s"),
                    quantity_text(seconds(meta.link_latency), "s")));
  add(meta.backend);
  add(meta.time.empty() ? "" : meta.time + " time");
  add(seeds_text(meta));
  add(fmt::format("{} repeat{}", meta.repeats, meta.repeats == 1 ? "" : "s"));
  if (!meta.verify.empty()) add("verify " + meta.verify);
  add(meta.transport);
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

/// Returns the scenario, the answer, whether it is valid, and what was run.
Html heading(const Report& report) {
  const ReportMeta& meta = report.meta;
  const Html badge = element("span", {{"class", meta.valid ? "badge valid" : "badge not-valid"}},
                             meta.valid ? "valid" : "NOT VALID");
  Html sentences;
  for (const std::string& sentence : answer(report)) sentences += sentence_item(sentence);
  return block("header", line("p", {{"class", "product"}},
                              report.axes.empty() ? "splitbench run" : "splitbench sweep") +
                             line("h1", meta.scenario + " " + badge) +
                             block("ul", {{"class", "answer"}}, sentences) + warnings(meta) +
                             line("p", {{"class", "meta"}}, what_ran(meta)));
}

Html run_content(const Report& report, const Json& charts, const Json& attainment,
                 const Json& drift) {
  return html::attainment(attainment) + html::arms(report) + html::incidents(report) +
         html::drift(drift) + html::run_charts(charts) + html::all_figures(report);
}

Html sweep_content(const Report& report, const Json& attainment, const Json& drift) {
  return html::attainment(attainment) + html::winner_maps(report) + html::heat_maps(report) +
         html::drift(drift) + html::sweep_chart() + html::incidents(report) + html::points(report);
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
  const Html content = is_sweep ? sweep_content(report, attainment, drift)
                                : run_content(report, drawn, attainment, drift);
  const Html main = block("main", heading(report) + content);
  const Html data = html::data_element("figures", figures);
  return fmt::format(kPage, title.markup(), page::kStyle, main.markup(), data.markup(),
                     page::kChartJs, page::kScript);
}

}  // namespace splitbench
