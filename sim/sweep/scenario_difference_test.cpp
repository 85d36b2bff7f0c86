#include "sim/sweep/scenario_difference.hpp"

#include <gtest/gtest.h>

#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr const char* kScenario =
    "name: a\nlink:\n  bandwidth: 1 Gbit/s\n  jitter: 0 ns\nfaults: []\n";

TEST(ScenarioDifferenceTest, NothingDiffersFromItself) {
  EXPECT_EQ(scenario_difference(kScenario, kScenario), "");
}

TEST(ScenarioDifferenceTest, NamesTheFirstKeyAndCountsTheOthers) {
  EXPECT_EQ(
      scenario_difference(kScenario, "link:\n  bandwidth: 2 Gbit/s\n  jitter: 0 ns\nfaults: []"),
      "link.bandwidth: '1 Gbit/s' before, '2 Gbit/s' after");
  EXPECT_EQ(scenario_difference(
                kScenario, "link:\n  bandwidth: 2 Gbit/s\n  jitter: 1 ns\nfaults: [{fault: kill}]"),
            "link.bandwidth: '1 Gbit/s' before, '2 Gbit/s' after, and 2 more keys");
}

TEST(ScenarioDifferenceTest, AKeyThatOnlyOneHasDiffers) {
  EXPECT_EQ(scenario_difference("staging: auto", ""), "staging: 'auto' before, absent after");
  EXPECT_EQ(scenario_difference("", "faults: [{fault: kill}]"),
            "faults: absent before, '[{fault: kill}]' after");
}

TEST(ScenarioDifferenceTest, LeavesToTheReportWhatItSaysItself) {
  EXPECT_EQ(scenario_difference("name: a\nseed: 1\nmodel: m", "name: b\nseed: 2\nmodel: n"), "");
}

TEST(ScenarioDifferenceTest, RefusesWhatIsNoYaml) {
  EXPECT_THROW(scenario_difference(kScenario, "a: [1"), InputError);
}

}  // namespace
}  // namespace splitbench
