#include "sim/run/real/stage_inflation.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <random>

namespace splitbench {
namespace {

PairedCosts pair(double seen, double alone, double error = 0.005) {
  return {{seen, error}, {alone, error}};
}

TEST(StageInflationTest, IsTheMeanRatioOfSeenAndAlone) {
  EXPECT_EQ(stage_inflation(std::vector{pair(1, 1)}).value, 0);
  EXPECT_NEAR(stage_inflation(std::vector{pair(1.2, 1)}).value, 0.2, 1e-12);
  EXPECT_NEAR(stage_inflation(std::vector{pair(1.5, 1), pair(2.4, 2), pair(2.16, 2)}).value,
              std::cbrt(1.5 * 1.2 * 1.08) - 1, 1e-12);
}

TEST(StageInflationTest, IsNothingWhereNothingWasCoded) {
  EXPECT_EQ(stage_inflation({}), Estimate{});
  EXPECT_EQ(stage_inflation(std::vector{pair(0, 0), pair(1, 0), pair(0, 1)}), Estimate{});
}

TEST(StageInflationTest, ThePairsErrorsAndWhatTheyDifferWidenTheInterval) {
  EXPECT_NEAR(stage_inflation(std::vector{pair(1, 1, 0.03)}).error, 1.96 * 0.03 * std::sqrt(2),
              1e-9);
  const double same = stage_inflation(std::vector(3, pair(1.1, 1))).error;
  EXPECT_LT(same, 0.01);
  EXPECT_GT(stage_inflation(std::vector{pair(1, 1), pair(1.1, 1), pair(1.21, 1)}).error, 10 * same);
}

/// Chunks whose costs are spread as on a busy virtual machine: a tenth of them take up to twice as
/// long.
class NoisyMachine {
 public:
  explicit NoisyMachine(unsigned seed) : random_(seed) {}

  MedianCost median(double of, int chunks) {
    std::normal_distribution<double> noise(0, 0.05);
    std::uniform_real_distribution<double> chance(0, 1);
    std::vector<ChunkCost> costs;
    for (int i = 0; i < chunks; ++i) {
      const double tail = chance(random_) < 0.1 ? 1 + chance(random_) : 1;
      costs.push_back({of * tail * std::exp(noise(random_)) * 1e6, 1'000'000});
    }
    return median_cost(std::move(costs));
  }

  /// Returns the inflation that three runs of 60 chunks show, each of which was slowed down.
  Estimate inflation(double slowdown) {
    std::vector<PairedCosts> runs;
    for (int i = 0; i < 3; ++i) runs.push_back({median(1 + slowdown, 60), median(1, 60)});
    return stage_inflation(runs);
  }

 private:
  std::mt19937 random_;
};

constexpr double kLimit = 0.10;

TEST(StageInflationTest, FindsALaneSlowedByAFifthTwentyTimesOfTwenty) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const Estimate found = NoisyMachine(seed).inflation(0.2);
    EXPECT_GT(found.value - found.error, kLimit) << seed;
    EXPECT_LT(found.error, 0.05) << seed;
  }
}

TEST(StageInflationTest, GivesNoFalseAlarmInAHundredUndisturbedRuns) {
  int alarms = 0;
  for (unsigned seed = 100; seed < 200; ++seed) {
    const Estimate found = NoisyMachine(seed).inflation(0);
    alarms += std::abs(found.value) + found.error > kLimit;
  }
  EXPECT_LE(alarms, 2);
}

}  // namespace
}  // namespace splitbench
