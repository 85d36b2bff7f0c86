#include "reports/html/html.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "reports/columns.hpp"
#include "reports/html/page/page.hpp"
#include "reports/testing/example_runs.hpp"
#include "reports/testing/example_sweep.hpp"
#include "reports/testing/hostile_reports.hpp"

namespace splitbench {
namespace {

using testing::HasSubstr;
using testing::Not;

Series busy_series(std::size_t bins) {
  Series series{.begin = Time{0}, .bin = example::ms(10)};
  for (std::size_t i = 0; i < bins; ++i)
    for (auto* values : {&series.waiting, &series.link_rate, &series.throughput})
      values->push_back(1.23456789 * static_cast<double>(i));
  return series;
}

/// Returns a report of three arms with every kind of figure, and latencies spread over decades.
Report run_report() {
  Report report{.meta = example::meta(), .columns = all_columns()};
  for (const char* arm : {"raw", "bypass", "splitzip"}) {
    Row row{.axes = {{"arm", arm}}, .status = "ok", .verdict = "stable"};
    for (const Column& column : report.columns) {
      if (column.key == "max_goodput_rate") continue;  // that would be a search
      row.values[column.key] = arm == std::string("splitzip") ? 0.75 : 1;
      row.spread[column.key] = row.ci95[column.key] = 0.01;
    }
    row.values["requests"] = row.values["output_tokens"] = 5000;
    report.rows.push_back(row);
    report.series[arm] = busy_series(1000);
    for (const Latency& latency : kLatencies)
      for (int i = 0; i < 5000; ++i)
        report.histograms[arm][std::string(latency.key)].add(Time(1000 + i * 977L * (i % 50)));
  }
  return report;
}

nlohmann::json embedded(const std::string& page) {
  const std::string open = "<script type=\"application/json\" id=\"figures\">";
  const std::size_t begin = page.find(open) + open.size();
  return nlohmann::json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

/// Returns the page without the parts that every page has.
std::string own_part(const std::string& page) {
  const std::size_t begin = page.find("<main>");
  return page.substr(begin, page.find("<script>\n", begin) - begin);
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

/// Returns the page without the texts that every page has.
std::string without_page_files(std::string page) {
  for (const std::string_view file : {page::kStyle, page::kChartJs, page::kScript})
    page.erase(page.find(file), file.size());
  return page;
}

/// Returns what a page's tags hold beside the values of attributes: "td class=", " title=", "/td".
std::set<std::string> markup_of(const std::string& page) {
  std::set<std::string> found;
  for (std::size_t at = page.find('<'); at != page.npos; at = page.find('<', at + 1)) {
    std::istringstream tag(page.substr(at + 1, page.find('>', at) - at - 1));
    for (std::string name, value; std::getline(tag, name, '"'); std::getline(tag, value, '"'))
      found.insert(name);
  }
  return found;
}

TEST(HtmlTest, TheSameReportGivesTheSameBytes) {
  EXPECT_EQ(to_html(run_report()), to_html(run_report()));
}

TEST(HtmlTest, NeedsNoOtherFileAndKeepsTheLicence) {
  const std::string page = to_html(run_report());
  EXPECT_THAT(page, HasSubstr("<link rel=\"icon\" href=\"data:,\">"));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, Not(HasSubstr(" src=")));
  EXPECT_THAT(page, HasSubstr("Released under the MIT License"));
}

TEST(HtmlTest, TheAnswerComesFirstAndSaysWhetherItHolds) {
  Report report = run_report();
  EXPECT_THAT(to_html(report), HasSubstr("1.33x better with splitzip"));
  EXPECT_THAT(to_html(report), HasSubstr("<span class=\"badge valid\">valid</span>"));
  report.meta.valid = false;
  report.meta.warnings = {"raw: intrusion 3%"};
  EXPECT_THAT(to_html(report), HasSubstr("NOT VALID"));
  EXPECT_THAT(to_html(report), HasSubstr("<li>raw: intrusion 3%</li>"));
}

TEST(HtmlTest, ADifferenceWithinTheNoiseIsNoGain) {
  Report report = run_report();
  const std::string before = to_html(report);
  EXPECT_THAT(before, HasSubstr("<b class=\"better\">1.33x</b>"));
  for (Row& row : report.rows) row.ci95["ttft_p50"] = 1;
  EXPECT_EQ(count(own_part(to_html(report)), "~</b>"), count(own_part(before), "~</b>") + 2);
}

TEST(HtmlTest, AFigureThatIsNotValidIsMarkedWithItsCause) {
  Report report = run_report();
  report.rows[2].invalid["ttft_p50"] = "intrusion 2.7% > 1%";
  EXPECT_THAT(to_html(report), HasSubstr("<td class=\"broken\" title=\"not valid: intrusion 2.7% "
                                         "&gt; 1%\">0.750!"));
}

TEST(HtmlTest, APercentileWithoutASampleBeyondItIsLeftOut) {
  Report report = run_report();
  EXPECT_THAT(own_part(to_html(report)), HasSubstr("TTFT p99"));
  for (Row& row : report.rows) row.values["requests"] = 24;
  EXPECT_THAT(own_part(to_html(report)), Not(HasSubstr("TTFT p99 <small>")));
}

TEST(HtmlTest, NoStringOfAReportIsMoreThanText) {
  const std::string markup =
      "\"'></script><script>taken()</script><img src=x onerror=taken()><!--\u2028]]>&lt;";
  const std::vector<Report> hostile = example::reports_with_text(markup);
  const std::vector<Report> honest = example::reports_with_text(" too");
  for (std::size_t i = 0; i < hostile.size(); ++i) {
    const std::string page = without_page_files(to_html(hostile[i]));
    EXPECT_EQ(markup_of(page), markup_of(without_page_files(to_html(honest[i]))));
    EXPECT_EQ(count(page, "<script"), 3u);
    EXPECT_EQ(page.find("\u2028", page.find("</main>")), page.npos);
    EXPECT_THAT(page, HasSubstr("&lt;img src=x onerror=taken()&gt;"));
    EXPECT_NO_THROW(embedded(page));
  }
}

TEST(HtmlTest, BrokenBytesBecomeTextAsWell) {
  for (Report report : example::reports_of_every_kind()) {
    const std::string broken = "\xff\xc3(\x01\x7f\xe2\x28";
    report.meta.scenario = report.meta.warnings[0] = broken;
    report.rows[0].axes["arm"] = report.rows[0].status = broken;
    for (Column& column : report.columns) column.title = column.unit = broken;
    const std::string page = to_html(report);
    EXPECT_EQ(page.find_first_of("\x01\x7f\xff"), std::string::npos);
    EXPECT_NO_THROW(embedded(page));
  }
}

TEST(HtmlTest, LinksToItsOwnPointsAndNowhereElse) {
  Report report = example::sweep(2);
  EXPECT_THAT(to_html(report), HasSubstr("<a href=\"points/003/report.html\">"));
  for (const char* folder :
       {"https://example.org", "points/../../x", "points/", "/points/001", ""}) {
    for (Row& row : report.rows) row.folder = folder;
    EXPECT_THAT(own_part(to_html(report)), Not(HasSubstr("href"))) << folder;
  }
}

TEST(HtmlTest, ThePartsOnTheChartAreThoseOfTheReport) {
  const nlohmann::json drawn = embedded(to_html(run_report()))["run"]["charts"]["partition"];
  EXPECT_EQ(drawn["labels"], (nlohmann::json{"raw", "bypass", "splitzip"}));
  ASSERT_EQ(drawn["series"].size(), kStageTitles.size());
  for (const auto& part : drawn["series"])
    EXPECT_EQ(part["values"][2].get<double>() / part["values"][0].get<double>(), 0.75);
}

TEST(HtmlTest, EveryStageHasItsColour) {
  for (const StageTitle& stage : kStageTitles)
    EXPECT_EQ(count(std::string(page::kStyle), fmt::format("--stage-{}:", stage.key)), 2u)
        << stage.key;
}

TEST(HtmlTest, ASweepShowsItsMapsAsText) {
  const std::string page = own_part(to_html(example::sweep(8)));
  EXPECT_EQ(count(page, "<table class=\"heat\">"), 2u);
  EXPECT_EQ(count(page, "edge-right"), 2u * 8);
  EXPECT_THAT(page, HasSubstr("<td class=\"break-even measured\">400</td>"));  // the row of 8k
  EXPECT_THAT(page, HasSubstr("<td class=\"break-even\">700</td>"));
  for (const char* key : {"✕</span> no result", "–</span> no ratio", "~</span> within the noise"})
    EXPECT_THAT(page, HasSubstr(key));
}

TEST(HtmlTest, WhatIsMissingIsLeftOut) {
  Report report;
  report.meta.scenario = "empty";
  EXPECT_THAT(to_html(report), Not(HasSubstr("data-chart=\"partition\"></figure>")));
  report = run_report();
  report.histograms.clear();
  report.series.clear();
  for (Row& row : report.rows) row.values.clear();
  EXPECT_EQ(count(own_part(to_html(report)), "data-chart"), 0u);
}

TEST(HtmlTest, PagesStaySmall) {
  const std::string run = to_html(run_report());
  EXPECT_LT(run.size(), 400'000u);
  EXPECT_GT(run.size(), page::kChartJs.size());
  EXPECT_LT(to_html(example::sweep(8)).size(), 1'500'000u);
}

}  // namespace
}  // namespace splitbench
