#include "reports/html/svg_chart.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <regex>

#include "reports/html/named_charts.hpp"
#include "reports/html/svg_axis.hpp"
#include "reports/testing/hostile_reports.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> texts_of(const svg::DrawnAxis& axis) {
  std::vector<std::string> texts;
  for (const svg::Tick& tick : axis.ticks) texts.push_back(tick.text);
  return texts;
}

/// Returns every number of an attribute's values.
std::vector<double> numbers_of(const std::string& svg, const std::string& attribute) {
  std::vector<double> numbers;
  const std::regex form(" " + attribute + "=\"(-?[\\d.]+)\"");
  for (std::sregex_iterator it(svg.begin(), svg.end(), form), end; it != end; ++it)
    numbers.push_back(std::stod((*it)[1]));
  return numbers;
}

Json lines(const Json& points, bool log) {
  return {{"kind", "lines"},
          {"stepped", false},
          {"log", log},
          {"x", {{"title", "link"}, {"unit", "Gbit/s"}, {"scale", "either"}}},
          {"y", {{"title", "TTFT"}, {"unit", "ms"}, {"scale", "either"}}},
          {"series", {{{"name", "raw"}, {"colour", "arm-raw"}, {"points", points}}}}};
}

TEST(SvgAxisTest, MarksRoundNumbers) {
  EXPECT_THAT(texts_of(svg::round_axis({3, 97}, {})),
              ElementsAre("0", "20", "40", "60", "80", "100"));
  EXPECT_THAT(texts_of(svg::round_axis({121, 155}, {})),
              ElementsAre("120", "130", "140", "150", "160"));
  EXPECT_THAT(texts_of(svg::round_axis({0.03, 0.11}, {.from_zero = true})),
              ElementsAre("0", "0.05", "0.1", "0.15"));
  EXPECT_THAT(texts_of(svg::round_axis({1, 16}, {.log = true})), ElementsAre("1", "2", "5", "10"));
  EXPECT_THAT(texts_of(svg::round_axis({1, 4}, {.log = true})), ElementsAre("1", "2", "3", "4"));
  EXPECT_THAT(texts_of(svg::round_axis({2, 11}, {.log = true})), ElementsAre("2", "3", "5", "10"));
  EXPECT_THAT(texts_of(svg::round_axis({1, 400}, {.log = true})),
              ElementsAre("1", "3", "10", "30", "100", "300"));
  EXPECT_THAT(texts_of(svg::round_axis({1, 2000}, {.log = true})),
              ElementsAre("1", "10", "100", "1000"));
  EXPECT_THAT(texts_of(svg::round_axis({}, {.log = true})), Not(testing::IsEmpty()));
  EXPECT_THAT(texts_of(svg::percentile_axis({1000})),
              ElementsAre("0%", "50%", "90%", "99%", "99.9%"));
}

TEST(SvgAxisTest, PlacesValuesByTheirLogarithms) {
  svg::DrawnAxis axis = svg::round_axis({1, 100}, {.log = true});
  axis.begin = 200;
  axis.end = 0;
  EXPECT_NEAR(axis.place(10), 100, 1e-9);
}

TEST(SvgChartTest, NamesItsAxesAndArms) {
  const std::string svg = to_svg(lines({{1, 10}, {10, 5}}, true), "TTFT, ms");
  for (const char* text : {">TTFT, ms</text>", ">link, Gbit/s</text>", ">raw</text>", ">10</text>"})
    EXPECT_THAT(svg, HasSubstr(text));
}

TEST(SvgChartTest, HigherIsHigher) {
  const std::string svg = to_svg(lines({{1, 10}, {10, 5}}, false), "TTFT");
  const std::vector<double> heights = numbers_of(svg, "cy"), places = numbers_of(svg, "cx");
  ASSERT_EQ(heights.size(), 2u);
  EXPECT_LT(heights[0], heights[1]);
  EXPECT_LT(places[0], places[1]);
}

TEST(SvgChartTest, MarksHaveTheColourOfTheirLine) {
  Json chart = lines({{1, 10}, {10, 5}}, false);
  chart["marks"] = Json::array({Json::array({4, "arm-splitzip"})});
  EXPECT_THAT(to_svg(chart, ""), HasSubstr("class=\"fill-arm-splitzip\" fill=\"#e07a10\""));
}

TEST(SvgChartTest, APointWithoutALogarithmHasNoPlace) {
  EXPECT_EQ(numbers_of(to_svg(lines({{0, 1}, {1, 0}, {1, 1}, {2, 2}}, true), ""), "cx").size(), 2u);
}

TEST(SvgChartTest, BarsAreAsLongAsTheirValues) {
  const Json chart = {{"kind", "bars"},
                      {"unit", "ms"},
                      {"stacked", false},
                      {"labels", {"encode"}},
                      {"series",
                       {{{"name", "raw"}, {"colour", "arm-raw"}, {"values", {10}}},
                        {{"name", "splitzip"}, {"colour", "arm-splitzip"}, {"values", {40}}}}}};
  const std::vector<double> widths = numbers_of(to_svg(chart, "stages"), "width");
  EXPECT_NEAR(widths.at(widths.size() - 1) / widths.at(widths.size() - 2), 4, 0.01);
}

TEST(SvgChartTest, HasTheColoursOfThePageOnLightAndOnDarkPaper) {
  const std::string svg = to_svg(lines({{1, 1}, {2, 2}}, false), "");
  EXPECT_THAT(svg, HasSubstr("stroke=\"#6f7885\""));
  EXPECT_THAT(svg, HasSubstr(".stroke-arm-raw{stroke:#a5aebb}"));
}

TEST(SvgChartTest, EveryChartOfAPageCanBeDrawnByItsName) {
  for (const Report& report : example::reports_of_every_kind()) {
    std::set<std::string> names;
    for (const NamedChart& each : named_charts(report)) {
      EXPECT_TRUE(names.insert(each.name).second) << each.name;
      const std::string svg = to_svg(each.chart, each.title);
      EXPECT_THAT(svg, testing::StartsWith("<?xml"));
      EXPECT_THAT(svg, Not(HasSubstr("nan")));
      EXPECT_THAT(svg, Not(HasSubstr("inf")));
    }
    EXPECT_FALSE(names.empty());
  }
}

TEST(SvgChartTest, NoStringOfAReportIsMoreThanText) {
  for (const Report& report : example::reports_with_text("\"'></text><script>taken()</script>&"))
    for (const NamedChart& each : named_charts(report))
      EXPECT_THAT(to_svg(each.chart, each.title), Not(HasSubstr("<script")));
}

}  // namespace
}  // namespace splitbench
