#include "reports/text/compare_text.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/testing/example_runs.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;

Report report_of(double ttft, double failed) {
  Report report;
  report.meta = example::meta();
  report.meta.repeats = 2;
  report.columns = {{"requests", "requests ok", "count", Better::neither},
                    {"ttft_p99", "TTFT p99", "s", Better::lower},
                    {"failed", "requests failed", "count", Better::lower}};
  report.rows.resize(2);
  report.rows[0].axes = {{"arm", "raw"}};
  report.rows[0].values = {{"requests", 60}, {"ttft_p99", ttft}, {"failed", failed}};
  report.rows[1].axes = {{"arm", "bypass"}};
  report.rows[1].values = {{"requests", 60}, {"ttft_p99", 1}};
  return report;
}

struct Compared {
  Comparison comparison;
  std::vector<Broken> broken;
};

Compared example() {
  const Report base = report_of(0.1, 0), candidate = report_of(0.1123, 2);
  Comparison comparison = compare(base, candidate);
  std::vector<Broken> broken = broken_by(parse_condition("ttft_p99 > +5%"), comparison, candidate);
  return {comparison, broken};
}

TEST(CompareTextTest, ShowsTheLargestChangesWithThoseForWorseFirst) {
  const Report base = report_of(0.1, 0);
  Report candidate = report_of(0.1123, 2);
  candidate.rows[0].values["requests"] = 10;
  candidate.rows[1].values["ttft_p99"] = 0.25;
  EXPECT_EQ(
      to_table(compare(base, candidate), {}, Extent::largest),
      R"(before  quickstart · llama-3.2-1b · 100 Mbit/s, 50 µs · cpu · real time · seed 1 · valid
after   quickstart · llama-3.2-1b · 100 Mbit/s, 50 µs · cpu · real time · seed 1 · valid

changes beyond the noise                before         after      change
  requests failed                            0             2      from 0  worse      raw
  TTFT p99                              100 ms      112.3 ms      +12.3%  worse      raw
  TTFT p99                                 1 s        250 ms      -75.0%  better     bypass
  requests ok                               60            10      -83.3%  different  raw
)");
}

TEST(CompareTextTest, ShowsTenAndSaysHowManyMoreThereAre) {
  auto [comparison, broken] = example();
  for (int i = 0; i < 10; ++i) comparison.rows.push_back(comparison.rows[0]);
  const std::string table = to_table(comparison, {}, Extent::largest);
  EXPECT_THAT(table, HasSubstr("the largest of 22 changes "));
  EXPECT_THAT(table, HasSubstr("\n12 more: --all\n"));
  EXPECT_EQ(std::ranges::count(table, '\n'), 2 + 2 + 10 + 1);
}

TEST(CompareTextTest, NothingThatChangedIsOneLine) {
  const Report report = report_of(0.1, 0);
  EXPECT_EQ(to_table(compare(report, report), {}, Extent::largest),
            "nothing changed beyond the noise: 5 figures of 2 rows\n");
}

TEST(CompareTextTest, ShowsEveryRowIfAskedForAll) {
  const auto [comparison, broken] = example();
  EXPECT_EQ(
      to_table(comparison, broken, Extent::all),
      R"(before  quickstart · llama-3.2-1b · 100 Mbit/s, 50 µs · cpu · real time · seed 1 · valid
after   quickstart · llama-3.2-1b · 100 Mbit/s, 50 µs · cpu · real time · seed 1 · valid

raw                                     before         after      change
  TTFT p99                              100 ms      112.3 ms      +12.3%  worse
  requests failed                            0             2      from 0  worse
  the same within the noise: 1 more

the same within the noise: bypass (2 figures)

failed  ttft_p99 > +5%: raw is 112.3 ms, was 100 ms
)");
}

TEST(CompareTextTest, FoldsLongWarningsIntoAHundredColumns) {
  auto [comparison, broken] = example();
  comparison.before.scenario = std::string(60, 'x');
  std::string long_warning;
  for (int i = 0; i < 100; ++i) long_warning += "ttft_p99, µs ";
  comparison.warnings = {long_warning};
  comparison.rows[0].axes["link.bandwidth"] = std::string(70, 'y');
  std::istringstream lines(to_table(comparison, broken, Extent::all) +
                           to_table(comparison, broken, Extent::largest));
  for (std::string line; std::getline(lines, line);)
    EXPECT_LE(std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; }), 100) << line;
}

TEST(CompareTextTest, JsonHasEveryFigureInBaseUnits) {
  const auto [comparison, broken] = example();
  const Json json = Json::parse(to_json(comparison, broken));
  ASSERT_EQ(json["rows"].size(), 5u);
  const Json ttft = {{"axes", {{"arm", "raw"}}},
                     {"key", "ttft_p99"},
                     {"unit", "s"},
                     {"before", 0.1},
                     {"after", 0.1123},
                     {"change", comparison.rows[0].figures[1].change},
                     {"verdict", "worse"}};
  EXPECT_EQ(json["rows"][1], ttft);
  EXPECT_TRUE(json["rows"][2]["change"].is_null());  // the figure was zero before
  EXPECT_EQ(json["warnings"], Json(comparison.warnings));
  const Json failed = {{"condition", "ttft_p99 > +5%"},
                       {"axes", {{"arm", "raw"}}},
                       {"key", "ttft_p99"},
                       {"unit", "s"},
                       {"before", 0.1},
                       {"after", 0.1123}};
  EXPECT_EQ(json["failed"], Json::array({failed}));
}

TEST(CompareTextTest, AChangeOfAnySizeHasRoom) {
  auto [comparison, broken] = example();
  for (const auto& [change, text] : {std::pair{2e-6, "  +0.0002%  worse"},
                                     {-0.0567, "  -5.67%  worse"},
                                     {23.4, "  +2340%  worse"},
                                     {-1.2e15, "  -1e+17%  worse"}}) {
    comparison.rows[0].figures[1].change = change;
    EXPECT_THAT(to_table(comparison, broken, Extent::all), HasSubstr(text));
  }
}

}  // namespace
}  // namespace splitbench
