#include "reports/text/histogram_text.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

#include "reports/testing/example_runs.hpp"

namespace splitbench {
namespace {

using example::ms;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// Returns the columns of a terminal that a line takes.
std::size_t width_of(const std::string& line) {
  return static_cast<std::size_t>(
      std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; }));
}

/// Returns the column at which the first character of `mark` is in a line.
std::size_t column_of(const std::string& line, const std::string& mark) {
  return width_of(line.substr(0, line.find(mark)));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> lines_with(const std::string& text, const std::string& mark) {
  std::vector<std::string> lines = lines_of(text);
  std::erase_if(lines,
                [&](const std::string& line) { return line.find(mark) == std::string::npos; });
  return lines;
}

/// Returns a report with `raw` from 100 to 200 ms, and `splitzip` half of it.
Report two_arms() {
  Report report;
  for (int i = 0; i <= 100; ++i) {
    report.histograms["raw"]["ttft"].add(ms(100 + i));
    report.histograms["splitzip"]["ttft"].add(ms(50 + i / 2.0));
  }
  return report;
}

TEST(HistogramTextTest, DrawsTheArmsOnOneAxis) {
  Report report;
  for (const double at : {10.0, 20.0, 20.0, 30.0}) report.histograms["raw"]["ttft"].add(ms(at));
  report.histograms["splitzip"]["ttft"].add(ms(10), 4);
  report.rows.resize(1);
  report.rows[0].axes["arm"] = "raw";
  report.rows[0].values = {{"ttft_p50", 0.02}, {"ttft_p99", 0.0297}};
  EXPECT_EQ(to_histogram_text(report, "ttft", {"raw", "splitzip"}), R"(TTFT

  raw: 4 samples, p50 20 ms, p99 29.7 ms


                                                 █
      █                                          █▁                                          █
      ────────────────────────────────────────p50▲──────────────────────────────────────────▲p99

  splitzip: 4 samples
      █
      █
      █
      █
   p50▲p99────────────────────────────────────────────────────────────────────────────────────

      ┬─────────────────────┬────────────────────┬─────────────────────┬─────────────────────┬
    10 ms                 15 ms                20 ms                 25 ms                 30 ms
)");
}

TEST(HistogramTextTest, TheSameDurationStandsInTheSameColumnForEveryArm) {
  const std::vector<std::string> marks =
      lines_with(to_histogram_text(two_arms(), "ttft", {"raw", "splitzip"}), "p50▲");
  ASSERT_EQ(marks.size(), 2u);
  // The axis runs from 50 to 200 ms over 88 columns.
  EXPECT_NEAR(static_cast<double>(column_of(marks[0], "▲")) - 6, 88 * (150. - 50) / 150, 1);
  EXPECT_NEAR(static_cast<double>(column_of(marks[1], "▲")) - 6, 88 * (75. - 50) / 150, 1);
}

TEST(HistogramTextTest, FitsAHundredColumnsWhateverTheSamples) {
  for (const double spread : {1.0, 1.001, 2.0, 29.0, 31.0, 1e3, 1e6})
    for (const double from : {1e-6, 0.123, 7.7, 1e5}) {
      Report report;
      for (const double at : {from, from, from * spread})
        report.histograms["raw"]["itl"].add(ms(at));
      for (const std::string& line : lines_of(to_histogram_text(report, "itl", {"raw"})))
        EXPECT_LE(width_of(line), 100u) << line;
    }
}

TEST(HistogramTextTest, TheAxisIsLogarithmicBeyondAFactorOfThirty) {
  for (const auto& [largest, logarithmic] : {std::pair{29.0, false}, {31.0, true}}) {
    Report report;
    report.histograms["raw"]["ttft"].add(ms(1));
    report.histograms["raw"]["ttft"].add(ms(largest));
    EXPECT_EQ(to_histogram_text(report, "ttft", {"raw"}).starts_with("TTFT, logarithmic axis\n"),
              logarithmic);
  }
}

TEST(HistogramTextTest, OneSampleAmongManyStillShows) {
  Report report;
  report.histograms["raw"]["ttft"].add(ms(10), 1'000'000);
  report.histograms["raw"]["ttft"].add(ms(20));
  const std::string text = to_histogram_text(report, "ttft", {"raw"});
  EXPECT_EQ(lines_with(text, "█").size(), 4u);
  EXPECT_THAT(lines_with(text, "▁").at(0), testing::EndsWith("▁"));
}

TEST(HistogramTextTest, SamplesOfNoTimeAtAllHaveAPlace) {
  for (const Time largest : {Time{0}, Time{5}, ms(5)}) {
    Report report;
    report.histograms["raw"]["exposed_transfer"].add(Time{0});
    report.histograms["raw"]["exposed_transfer"].add(largest);
    EXPECT_THAT(to_histogram_text(report, "exposed_transfer", {"raw"}),
                StartsWith("exposed transfer"));
  }
}

TEST(HistogramTextTest, LeavesOutArmsWithoutSamples) {
  const std::string text = to_histogram_text(two_arms(), "ttft", {"raw", "bypass"});
  EXPECT_THAT(text, HasSubstr("  raw: 101 samples\n"));
  EXPECT_THAT(text, Not(HasSubstr("bypass")));
  EXPECT_EQ(to_histogram_text(two_arms(), "itl", {"raw"}), "");
}

}  // namespace
}  // namespace splitbench
