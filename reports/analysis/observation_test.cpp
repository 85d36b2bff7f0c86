#include "reports/analysis/observation.hpp"

#include <gtest/gtest.h>

#include "reports/testing/example_drift.hpp"

namespace splitbench {
namespace {

TEST(ObservedDriftTest, AReportOfOtherRunsSaysNothingOfDrift) {
  const Report report = example::report();
  EXPECT_TRUE(report.drift.empty());
  for (const char* key : {"drift", "ideal_ratio", "ratio_of_ideal", "stored_share",
                          "codebook_changes", "codebook_changes_most"})
    EXPECT_EQ(find_column(report, key), nullptr) << key;
}

TEST(ObservedDriftTest, RatioAndBestRatioAreOfTheSameBytes) {
  Observation observation = observe(example::drifting_run("splitzip", 0, 32), {});
  EXPECT_EQ(observation.rates["drift"], 0.5);
  EXPECT_EQ(observation.rates["stored_share"], 0.125);
  EXPECT_NEAR(observation.rates["ideal_ratio"], 4.0 / 3, 1e-9);
  EXPECT_NEAR(observation.rates["ratio_of_ideal"], 1.2e6 / ((1.2e6 + 1454545) / 2), 1e-9);
}

TEST(ObservedDriftTest, ChangesAddUpOverRepeatsAndTheMostOfAScopeIsTheLargest) {
  RunRecord first = example::drifting_run("splitzip", 0, 20), second = first;
  second.repeat = 1;
  const auto change = [](std::uint32_t scope, std::uint32_t worker) {
    return CodebookChange{.scope = scope, .job = 18, .prefill_worker = worker};
  };
  first.codebook_changes = {change(0, 0), change(0, 1)};
  second.codebook_changes = {change(3, 0), change(3, 0), change(4, 0)};
  const std::vector<RunRecord> runs = {first, second};
  const Row row = summarize(example::meta(), runs, {}).rows.at(0);
  EXPECT_EQ(row.values.at("codebook_changes"), 5);
  EXPECT_EQ(row.values.at("codebook_changes_most"), 2);
}

}  // namespace
}  // namespace splitbench
