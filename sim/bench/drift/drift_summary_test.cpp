#include "sim/bench/drift/drift_summary.hpp"

#include <gtest/gtest.h>

namespace splitbench {
namespace {

constexpr DriftCase kFixedGlobal{DriftPolicy::fixed, CodebookScope::global};
constexpr DriftCase kFallbackGlobal{DriftPolicy::fallback, CodebookScope::global};

/// Returns the rows of two cases of one kind, a row of each for each ratio.
std::vector<DriftRow> rows(const std::vector<double>& fixed, const std::vector<double>& fallback) {
  std::vector<DriftRow> all;
  for (std::size_t step = 0; step < fixed.size(); ++step)
    for (const auto& [of, ratio] :
         {std::pair(kFixedGlobal, fixed[step]), std::pair(kFallbackGlobal, fallback[step])}) {
      DriftRow row;
      row.kind = "padding";
      row.step = step;
      row.drift = static_cast<double>(step) / 4;
      row.of = of;
      row.ratio = ratio;
      row.oracle_ratio = 1.3;
      row.raw_bytes = 1000;
      row.encode_seconds = of == kFixedGlobal ? 1 : 2;
      row.decode_seconds = 1;
      row.changes = step;
      all.push_back(row);
    }
  return all;
}

TEST(DriftSummaryTest, SaysWhereARatioCrossesAndHowFarItFell) {
  const auto summaries = summarize_drift(rows({1.3, 1.2, 1.05, 0.8}, {1.3, 1.2, 1.1, 1.3}));
  ASSERT_EQ(summaries.size(), 2u);
  EXPECT_EQ(summaries[0].below_1_1, 0.5);
  EXPECT_EQ(summaries[0].below_1, 0.75);
  EXPECT_EQ(summaries[0].worst_expansion, 0.25);
  EXPECT_FALSE(summaries[0].back_after);
  EXPECT_FALSE(summaries[1].below_1_1);
  EXPECT_EQ(summaries[1].worst_expansion, 0);
  EXPECT_EQ(summaries[1].lowest_ratio, 1.1);
}

TEST(DriftSummaryTest, CountsFromTheFirstRequestThatHadDrifted) {
  const auto summaries = summarize_drift(rows({1.3, 1.3, 1.3, 1.3}, {1.3, 1.2, 1.1, 1.3}));
  EXPECT_EQ(summaries[0].back_after, 0u);
  EXPECT_EQ(summaries[1].back_after, 2u);
}

TEST(DriftSummaryTest, SpeedIsSetAgainstPolicyFixed) {
  const auto summaries = summarize_drift(rows({1.3, 1.3}, {1.3, 1.3}));
  EXPECT_EQ(summaries[0].encode_of_fixed, 1);
  EXPECT_EQ(summaries[1].encode_of_fixed, 0.5);
}

TEST(DriftSummaryTest, ASeriesSaysWhenCodebooksChanged) {
  const auto series = drift_series(rows({1.3, 1.3, 1.3}, {1.3, 1.3, 1.3}));
  ASSERT_EQ(series.size(), 2u);
  const std::vector<DriftSeries::Change> expected = {{1, 1}, {2, 1}};
  EXPECT_EQ(series[0].changes, expected);
  EXPECT_EQ(series[1].axes.at("policy"), "fallback");
}

}  // namespace
}  // namespace splitbench
