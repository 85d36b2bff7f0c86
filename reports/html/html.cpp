#include "reports/html/html.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/html/chart_json.hpp"
#include "reports/html/drift_chart.hpp"
#include "reports/html/html_text.hpp"
#include "reports/html/page/page.hpp"
#include "reports/html/sections.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;

/// Nothing may be fetched: the page would say something else tomorrow, or tell somebody that it is
/// read.
constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
)";

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
  page += html::heading(report);
  page += is_sweep ? sweep_content(report, drift) : run_content(report, drawn, drift);
  page += fmt::format("</main>\n<script type=\"application/json\" id=\"figures\">{}</script>\n",
                      script_text(figures));
  page += fmt::format("<script>\n{}</script>\n<script>\n{}</script>\n</body>\n</html>\n",
                      page::kChartJs, page::kScript);
  return page;
}

}  // namespace splitbench
