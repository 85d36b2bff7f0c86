#include "reports/html/html.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "reports/html/charts.hpp"
#include "reports/html/elements.hpp"
#include "reports/html/page/page.hpp"
#include "reports/html/sections.hpp"
#include "reports/quantity_text.hpp"
#include "reports/text/answer.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;

/// The page's head. It forbids fetching anything: the page would change over time, or reveal that
/// it is read.
constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
)";

/// The number of warnings above which the rest is folded up.
constexpr std::size_t kWarningsShown = 6;

/// Returns a sentence as a list item in which its subject, before the colon, is set apart.
std::string sentence_item(const std::string& sentence) {
  const std::size_t colon = sentence.find(": ");
  if (colon == std::string::npos) return fmt::format("<li>{}</li>\n", html_text(sentence));
  return fmt::format("<li><span class=\"what\">{}</span> {}</li>\n",
                     html_text(sentence.substr(0, colon)), html_text(sentence.substr(colon + 2)));
}

std::string what_ran(const ReportMeta& meta) {
  std::vector<std::string> parts;
  const auto add = [&parts](const std::string& part) {
    if (!part.empty()) parts.push_back(html_text(part));
  };
  add(meta.model);
  add(meta.kv_dtype);
  if (meta.link_bandwidth)
    add(fmt::format("{}, {}", quantity_text(*meta.link_bandwidth, "bit/s"),
                    quantity_text(seconds(meta.link_latency), "s")));
  add(meta.backend);
  add(meta.time.empty() ? "" : meta.time + " time");
  add(fmt::format("seed {}", meta.seed));
  add(fmt::format("{} repeat{}", meta.repeats, meta.repeats == 1 ? "" : "s"));
  if (!meta.verify.empty()) add("verify " + meta.verify);
  add(meta.transport);
  return fmt::format("{}", fmt::join(parts, " · "));
}

std::string list(std::span<const std::string> items) {
  std::string text = "<ul>\n";
  for (const std::string& item : items) text += fmt::format("<li>{}</li>\n", html_text(item));
  return text + "</ul>\n";
}

std::string warnings(const ReportMeta& meta) {
  if (meta.warnings.empty()) return "";
  const std::span<const std::string> all = meta.warnings;
  const std::size_t shown = std::min(kWarningsShown, all.size());
  std::string text = list(all.first(shown));
  if (shown < all.size())
    text += fmt::format("<details><summary>{} more</summary>\n{}</details>\n", all.size() - shown,
                        list(all.subspan(shown)));
  return fmt::format("<div class=\"warnings\" role=\"note\">\n{}</div>\n", text);
}

/// Returns the scenario, the answer, whether it is valid, and what was run.
std::string heading(const Report& report) {
  const ReportMeta& meta = report.meta;
  std::string text = fmt::format(
      "<header>\n<p class=\"product\">splitbench {}</p>\n<h1>{} <span class=\"badge "
      "{}\">{}</span></h1>\n<ul class=\"answer\">\n",
      report.axes.empty() ? "run" : "sweep", html_text(meta.scenario),
      meta.valid ? "valid" : "not-valid", meta.valid ? "valid" : "NOT VALID");
  for (const std::string& sentence : answer(report)) text += sentence_item(sentence);
  return text + fmt::format("</ul>\n{}<p class=\"meta\">{}</p>\n</header>\n", warnings(meta),
                            what_ran(meta));
}

std::string run_content(const Report& report, const Json& charts, const Json& drift) {
  return html::arms(report) + html::incidents(report) + html::drift(drift) +
         html::run_charts(charts) + html::all_figures(report);
}

std::string sweep_content(const Report& report, const Json& drift) {
  return html::winner_maps(report) + html::heat_maps(report) + html::drift(drift) +
         html::sweep_chart() + html::incidents(report) + html::points(report);
}

}  // namespace

std::string to_html(const Report& report) {
  const bool is_sweep = !report.axes.empty();
  const Json drawn = is_sweep ? sweep_figures(report) : run_charts(report);
  const Json drift = drift_charts(report);
  Json figures = {{is_sweep ? "sweep" : "run", drawn}};
  if (!drift.is_null()) figures["drift"] = drift;
  std::string page(kHead);
  page +=
      fmt::format("<title>{} · splitbench</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n",
                  html_text(report.meta.scenario), page::kStyle);
  page += heading(report);
  page += is_sweep ? sweep_content(report, drift) : run_content(report, drawn, drift);
  page += fmt::format("</main>\n<script type=\"application/json\" id=\"figures\">{}</script>\n",
                      script_text(figures));
  page += fmt::format("<script>\n{}</script>\n<script>\n{}</script>\n</body>\n</html>\n",
                      page::kChartJs, page::kScript);
  return page;
}

}  // namespace splitbench
