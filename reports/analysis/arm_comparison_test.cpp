#include "reports/analysis/arm_comparison.hpp"

#include <gtest/gtest.h>

namespace splitbench {
namespace {

const Column kLatency{"ttft_p50", "TTFT p50", "s", Better::lower};
const Column kRate{"request_throughput", "request throughput", "1/s", Better::higher};
const Column kBytes{"raw_bytes", "raw KV bytes", "bytes", Better::neither};

Row row(double value, double half_width) {
  Row result;
  for (const Column& column : {kLatency, kRate, kBytes}) {
    result.values[column.key] = value;
    result.ci95[column.key] = half_width;
  }
  return result;
}

TEST(RelativeTest, IsAboveOneWhereTheCandidateIsBetter) {
  EXPECT_EQ(relative(kLatency, row(4, 0), row(2, 0)), (Relative{.gain = 2, .noise = false}));
  EXPECT_EQ(relative(kRate, row(4, 0), row(2, 0)), (Relative{.gain = 0.5, .noise = false}));
}

TEST(RelativeTest, IsNoiseWithinTheTwoIntervalsTogether) {
  EXPECT_TRUE(relative(kLatency, row(10, 0.8), row(9, 0.7))->noise);
  EXPECT_FALSE(relative(kLatency, row(10, 0.7), row(9, 0.7))->noise);
}

TEST(RelativeTest, CountsAnAbsentIntervalAsNone) {
  Row base = row(10, 5), candidate = row(9, 0);
  base.ci95.clear();
  EXPECT_FALSE(relative(kLatency, base, candidate)->noise);
  EXPECT_TRUE(relative(kLatency, base, base)->noise);
}

TEST(RelativeTest, ComparesRepeatsPairByPairSoThatWhatWasDrawnCancels) {
  Row base = row(20, 12), candidate = row(19, 12);
  base.repeats[kLatency.key] = {10, 20, 30};
  candidate.repeats[kLatency.key] = {9.1, 19, 28.9};
  EXPECT_FALSE(relative(kLatency, base, candidate)->noise);
  EXPECT_NEAR(difference(kLatency.key, base, candidate).value, -1, 1e-12);
  candidate.repeats[kLatency.key] = {12, 19, 26};
  EXPECT_TRUE(relative(kLatency, base, candidate)->noise);
  candidate.repeats[kLatency.key] = {9.1, 19};  // other repeats: no pairs
  EXPECT_TRUE(relative(kLatency, base, candidate)->noise);
}

TEST(RelativeTest, SaysNothingWhereThereIsNothingToCompare) {
  EXPECT_EQ(relative(kBytes, row(4, 0), row(2, 0)), std::nullopt);
  EXPECT_EQ(relative(kLatency, row(4, 0), Row{}), std::nullopt);
  EXPECT_EQ(relative(kLatency, row(0, 0), row(2, 0)), std::nullopt);
  EXPECT_EQ(relative(kLatency, row(2, 0), row(0, 0)), std::nullopt);
}

TEST(RelativeTest, OfTwoSearchesIsNoiseWhereTheRangesThatTheyLeftOverlap) {
  const Column rate{"max_goodput_rate", "highest rate", "1/s", Better::higher};
  const auto search = [](double passed, double refused) {
    Row found;
    found.values = {{"max_goodput_rate", passed}, {"refused_rate", refused}};
    return found;
  };
  EXPECT_TRUE(relative(rate, search(4, 4.2), search(4.1, 4.3))->noise);
  EXPECT_EQ(relative(rate, search(4, 4.2), search(4.2, 4.4)),
            (Relative{.gain = 4.2 / 4, .noise = false}));
  EXPECT_FALSE(relative(rate, search(4.2, 4.4), search(4, 4.2))->noise);
}

Row row(const std::string& arm, const std::string& bandwidth, const std::string& folder) {
  return {.axes = {{"arm", arm}, {"link.bandwidth", bandwidth}}, .folder = folder};
}

TEST(RawRowsTest, ArmsOfOnePointAreComparedWithItsRawRowWhereverTheirResultsLie) {
  Report report;
  report.rows = {row("raw", "1 Gbit/s", "points/003"), row("splitzip", "1 Gbit/s", "points/005"),
                 row("raw", "2 Gbit/s", "points/004"), row("splitzip", "2 Gbit/s", "points/006")};
  const RawRows raw(report);
  EXPECT_EQ(raw.beside(report.rows[1]), &report.rows[0]);
  EXPECT_EQ(raw.beside(report.rows[3]), &report.rows[2]);
}

TEST(RawRowsTest, NothingStandsBesideARawRowOrWhereThereIsNone) {
  Report report;
  report.rows = {row("raw", "1 Gbit/s", ""), row("splitzip", "2 Gbit/s", "")};
  const RawRows raw(report);
  EXPECT_EQ(raw.beside(report.rows[0]), nullptr);
  EXPECT_EQ(raw.beside(report.rows[1]), nullptr);
  EXPECT_FALSE(raw.empty());
  EXPECT_TRUE(RawRows(Report{}).empty());
}

}  // namespace

}  // namespace splitbench
