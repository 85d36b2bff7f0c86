#include "reports/text/markdown.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

#include "reports/testing/example_runs.hpp"
#include "reports/testing/hostile_reports.hpp"
#include "reports/text/figures.hpp"

namespace splitbench {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Report example_sweep() {
  Report sweep = example::report();
  sweep.axes = {{"link.bandwidth", "bit/s", {{"10 Mbit/s", 10e6}, {"100 Mbit/s", 100e6}}}};
  const std::vector<Row> rows = std::move(sweep.rows);
  sweep.rows.clear();
  for (const Axis::Value& value : sweep.axes[0].values)
    for (Row row : rows) {
      row.axes["link.bandwidth"] = value.text;
      row.folder = "points/" + value.text;
      sweep.rows.push_back(row);
    }
  return sweep;
}

/// Returns the number of cells in each line of the tables.
std::vector<std::ptrdiff_t> cells_of_lines(const std::string& markdown) {
  std::vector<std::ptrdiff_t> cells;
  std::istringstream lines(markdown);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with('|')) {
      const auto escaped = line.find("\\|") == std::string::npos ? 0 : 1;
      cells.push_back(std::ranges::count(line, '|') - 1 - escaped);
    }
  return cells;
}

TEST(MarkdownTest, SetsTheArmsSideBySide) {
  Report report = example::report();
  std::erase_if(report.columns, [](const Column& column) { return column.key != "transfer_p50"; });
  const std::string markdown = to_markdown(report);
  EXPECT_THAT(markdown, StartsWith("### quickstart · llama-3.2-1b · 100 Mbit/s, 50 µs · cpu · real "
                                   "time · seed 1\n\n**valid**\n"));
  EXPECT_THAT(markdown, HasSubstr(R"(
|  |  | raw | bypass | vs raw | splitzip | vs raw |
| --- | --- | ---: | ---: | ---: | ---: | ---: |
| **transfer** |  |  |  |  |  |  |
| p50 | ms | 132.2 ± 12.7 | 132.1 ± 7.6 | \~ | 103.3 ± 5.1 | 1.28x |
)"));
}

TEST(MarkdownTest, HasEveryFigureOfTheTable) {
  const Report report = example::report();
  std::size_t lines = 2;
  for (const ShownGroup& group : shown_groups(report)) lines += 1 + group.figures.size();
  EXPECT_EQ(cells_of_lines(to_markdown(report)), std::vector<std::ptrdiff_t>(lines, 7));
}

TEST(MarkdownTest, OfASweepHasARowForEachPointAndArm) {
  const std::string markdown = to_markdown(example_sweep());
  EXPECT_EQ(cells_of_lines(markdown), std::vector<std::ptrdiff_t>(2 + 6, 15));
  EXPECT_THAT(markdown, HasSubstr("| link.bandwidth | arm | verdict | SLO attainment | vs raw | "
                                  "request goodput | vs raw | transfer p50 | vs raw | "));
  EXPECT_THAT(markdown, HasSubstr("| 10 Mbit/s | splitzip | "));
}

TEST(MarkdownTest, ComparesAPointWithRawAtTheSamePoint) {
  Report sweep = example_sweep();
  for (Row& row : sweep.rows)
    if (row.axes["link.bandwidth"] == "10 Mbit/s") row.values["transfer_p50"] *= 10;
  const std::string markdown = to_markdown(sweep);
  EXPECT_THAT(markdown, HasSubstr(" | 1.034 s | 1.28x | "));
  EXPECT_THAT(markdown, HasSubstr(" | 103.3 ms | 1.28x | "));
}

TEST(MarkdownTest, OpensWithTheWarningsOfARunThatIsNotValid) {
  Report report = example::report();
  report.meta.valid = false;
  report.meta.warnings = {"raw: intrusion 2.34%, valid within ±1%"};
  EXPECT_THAT(to_markdown(report),
              HasSubstr("\n\n**NOT VALID**\n\n> [!WARNING]\n> - raw: intrusion 2.34%"));
}

TEST(MarkdownTest, ANameCannotBreakItsTableOrItsHeading) {
  Report report = example::report();
  const std::string marks = "a|b `c` <d> *e* _f_ [g](h) \\ ~i~ &amp;\nj";
  report.meta.scenario = marks;
  report.rows[1].axes["arm"] = marks;
  const std::string escaped = R"(a\|b \`c\` \<d\> \*e\* \_f\_ \[g\](h) \\ \~i\~ \&amp; j)";
  const std::string markdown = to_markdown(report);
  EXPECT_THAT(markdown, StartsWith("### " + escaped + " · "));
  EXPECT_THAT(markdown, HasSubstr("| raw | " + escaped + " | vs raw |"));
  for (const std::ptrdiff_t cells : cells_of_lines(markdown)) EXPECT_EQ(cells, 7);
}

TEST(MarkdownTest, ListsWhatWentWrong) {
  Report report = example::report();
  EXPECT_THAT(to_markdown(report), Not(HasSubstr("faults")));
  report.incidents = {{"raw", 0, {.fault = "kill", .target = "decode worker 0", .seen = "gone"}}};
  EXPECT_THAT(to_markdown(report), HasSubstr("\n**faults**\n\n- raw, repeat 1, at never: decode "
                                             "worker 0 kill; sent again 0, lost 0: gone\n"));
}

TEST(MarkdownTest, NoStringOfAReportMakesAnElementOrALink) {
  const std::string note = "\n> [!WARNING]\n";
  for (const Report& report : example::reports_with_text("\"'><img src=x>\n<script>[a](b)&lt;")) {
    std::string markdown = to_markdown(report);
    markdown.erase(markdown.find(note), note.size());
    for (std::size_t at = 0; (at = markdown.find_first_of("<[&", at)) != markdown.npos; ++at)
      ASSERT_EQ(markdown[at - 1], '\\') << markdown.substr(at, 20);
  }
}

}  // namespace
}  // namespace splitbench
