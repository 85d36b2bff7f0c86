#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <vector>

#include "reports/text/histogram_text.hpp"

namespace splitbench {
namespace {

Histogram histogram_of(const std::vector<std::int64_t>& nanoseconds) {
  Histogram histogram;
  for (const std::int64_t each : nanoseconds) histogram.add(Time(each));
  return histogram;
}

struct Line {
  double value, percentile;
  std::uint64_t count;
};

/// Returns all lines of figures; the last one has no fourth column.
std::vector<Line> figure_lines(const std::string& hgrm) {
  std::vector<Line> lines;
  std::istringstream text(hgrm);
  for (std::string line; std::getline(text, line);) {
    Line read{};
    std::istringstream words(line);
    if (words >> read.value >> read.percentile >> read.count) lines.push_back(read);
  }
  return lines;
}

// The lines that HdrHistogram itself prints for samples 25, 50 and 75, except for its three
// decimals: its manual shows the last two lines and the summary.
TEST(HgrmTest, IsWrittenAsHdrHistogramWritesIt) {
  EXPECT_EQ(to_hgrm(histogram_of({25, 50, 75})),
            "       Value     Percentile TotalCount 1/(1-Percentile)\n"
            "\n"
            "    0.000025 0.000000000000          1           1.00\n"
            "    0.000025 0.100000000000          1           1.11\n"
            "    0.000025 0.200000000000          1           1.25\n"
            "    0.000025 0.300000000000          1           1.43\n"
            "    0.000050 0.400000000000          2           1.67\n"
            "    0.000050 0.500000000000          2           2.00\n"
            "    0.000050 0.550000000000          2           2.22\n"
            "    0.000050 0.600000000000          2           2.50\n"
            "    0.000050 0.650000000000          2           2.86\n"
            "    0.000075 0.700000000000          3           3.33\n"
            "    0.000075 1.000000000000          3\n"
            "#[Mean    =     0.000050, StdDeviation   =     0.000020]\n"
            "#[Max     =     0.000075, Total count    =            3]\n"
            "#[Buckets =            1, SubBuckets     =         2048]\n");
}

TEST(HgrmTest, CountsEverySampleOnceAndNeverFallsBack) {
  Histogram histogram;
  for (std::int64_t i = 1; i <= 100'000; ++i) histogram.add(Time(i * i % 1'000'003 + i));
  const std::vector<Line> lines = figure_lines(to_hgrm(histogram));
  ASSERT_GT(lines.size(), 80u);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    EXPECT_LE(lines[i - 1].value, lines[i].value);
    EXPECT_LT(lines[i - 1].percentile, lines[i].percentile);
    EXPECT_LE(lines[i - 1].count, lines[i].count);
    EXPECT_GE(static_cast<double>(lines[i].count) / 100'000, lines[i].percentile);
  }
  EXPECT_EQ(lines.back().percentile, 1);
  EXPECT_EQ(lines.back().count, 100'000u);
}

TEST(HgrmTest, NamesTheBucketsThatHdrHistogramWouldNeed) {
  for (const auto& [largest, buckets] :
       {std::pair{std::int64_t{2047}, 1}, {2048, 2}, {4095, 2}, {4096, 3}, {3'600'000'000'000, 32}})
    EXPECT_THAT(to_hgrm(histogram_of({largest})),
                testing::HasSubstr(fmt::format("#[Buckets = {:12},", buckets)));
}

TEST(HgrmTest, OneSampleIsAllPercentiles) {
  EXPECT_THAT(to_hgrm(histogram_of({7})), testing::HasSubstr("\n    0.000007 0.000000000000"
                                                             "          1           1.00\n"
                                                             "    0.000007 1.000000000000"
                                                             "          1\n#[Mean"));
}

}  // namespace
}  // namespace splitbench
