#include "reports/analysis/break_even.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <initializer_list>

#include "reports/testing/example_runs.hpp"

namespace splitbench {
namespace {

using example::ms;
using testing::IsEmpty;

StageTimes times_of(const std::vector<RunRecord>& runs, const std::string& arm) {
  StageTimes times;
  for (const RunRecord& run : runs)
    if (run.arm == arm) times.add(run);
  return times;
}

/// Returns the costs for rates in GB/s of raw KV; 0 for a stage that is not there.
StageCosts costs(double encode, double decode, double prepare, double install, double ratio) {
  const auto per_byte = [](double rate) { return rate > 0 ? 1e-9 / rate : 0; };
  return {per_byte(encode), per_byte(decode), per_byte(prepare), per_byte(install), ratio};
}

TEST(BreakEvenTest, OfSerialStagesIsWhereBothTransfersTakeAsLong) {
  // The codec saves a quarter of the wire, and takes 1/600 + 1/2000 ns per byte for it.
  const StageCosts coded = costs(600, 2000, 0, 0, 4.0 / 3);
  const double bandwidth = *break_even_serial(coded) / 8;
  EXPECT_NEAR(bandwidth, 0.25e9 / (1.0 / 600 + 1.0 / 2000), 1);
  EXPECT_NEAR(1 / bandwidth, coded.encode + 0.75 / bandwidth + coded.decode, 1e-24);
}

TEST(BreakEvenTest, OfOverlappedStagesIsTheSlowestOneOfTheCodec) {
  EXPECT_DOUBLE_EQ(*break_even_pipelined(costs(0, 0, 0, 0, 1), costs(600, 2000, 0, 0, 1.3)),
                   8 * 600e9);
  EXPECT_DOUBLE_EQ(*break_even_pipelined(costs(0, 0, 90, 80, 1), costs(70, 75, 100, 60, 1.3)),
                   8 * 60e9);
}

TEST(BreakEvenTest, NoLinkIsTooFastForACodecThatOutrunsTheCopiesOfRaw) {
  EXPECT_EQ(break_even_pipelined(costs(0, 0, 55, 55, 1), costs(70, 68, 0, 0, 1.33)), std::nullopt);
  EXPECT_EQ(break_even_serial(costs(0, 0, 55, 55, 1.33)), std::nullopt);
}

TEST(BreakEvenTest, NoLinkIsSlowEnoughForFramesThatAreNotSmaller) {
  EXPECT_EQ(*break_even_pipelined(costs(0, 0, 9, 9, 1), costs(70, 70, 0, 0, 0.999)), 0);
  EXPECT_EQ(*break_even_serial(costs(70, 70, 0, 0, 1)), 0);
}

/// Returns the time of a transfer by the model in the header.
double pipelined(double bandwidth, double ratio, std::initializer_list<double> stages) {
  return std::max(1 / (ratio * bandwidth), std::max(stages));
}

TEST(BreakEvenTest, OverlappedRawIsFasterAboveItAndSlowerBelow) {
  const StageCosts raw = costs(0, 0, 50, 80, 1), coded = costs(30, 45, 60, 60, 1.33);
  const double bandwidth = *break_even_pipelined(raw, coded) / 8;
  const auto gain = [&](double at) {
    return pipelined(at, 1, {raw.prepare, raw.install}) /
           pipelined(at, coded.ratio, {coded.encode, coded.decode, coded.prepare, coded.install});
  };
  EXPECT_GT(gain(0.99 * bandwidth), 1);
  EXPECT_NEAR(gain(bandwidth), 1, 1e-12);
  EXPECT_LT(gain(1.01 * bandwidth), 1);
}

TEST(BreakEvenTest, TakesItsRatesFromTheMeasuredTransfers) {
  // 1.6 MB in 2 ms, encoded and decoded; the other repeat takes 4 ms. Copies take 0.2 ms.
  const std::vector<RunRecord> runs = {example::run("raw", 0, ms(100), Time{0}),
                                       example::run("splitzip", 0, ms(90), ms(2)),
                                       example::run("splitzip", 1, ms(90), ms(4))};
  const StageCosts coded = *times_of(runs, "splitzip").costs();
  EXPECT_NEAR(coded.encode, 3e-3 / 1.6e6, 1e-20);
  EXPECT_NEAR(coded.decode, 3e-3 / 1.6e6, 1e-20);
  EXPECT_NEAR(coded.install, 0.2e-3 / 1.6e6, 1e-20);
  EXPECT_EQ(coded.prepare, 0);
  EXPECT_NEAR(coded.ratio, 4.0 / 3, 1e-12);

  const auto figures = break_even(times_of(runs, "raw"), times_of(runs, "splitzip"));
  EXPECT_NEAR(figures.at("break_even_serial"), 8 * 0.25 * 1.6e6 / 6e-3, 1e-3);
  EXPECT_NEAR(figures.at("break_even_pipelined"), 8 * 1.6e6 / 3e-3, 1e-3);
  EXPECT_THAT(break_even(times_of(runs, "raw"), {}), IsEmpty());
}

TEST(BreakEvenTest, CountsTheStagesOfABatchOnce) {
  std::vector<RunRecord> runs = {example::run("splitzip", 0, ms(90), ms(2))};
  const StageCosts alone = *times_of(runs, "splitzip").costs();
  for (Timeline& t : runs[0].timelines) t.transfer /= 2;
  std::erase_if(runs[0].transfers, [](const Transfer& t) { return t.id > 4; });
  for (Transfer& t : runs[0].transfers) t.warmup = t.id == 0;
  EXPECT_NEAR(times_of(runs, "splitzip").costs()->encode, alone.encode, 1e-20);
}

}  // namespace
}  // namespace splitbench
