#include "workers/plan/transfer_estimate.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace splitbench {
namespace {

constexpr std::uint64_t kChunk = 16 << 20;
constexpr double kGigabit = 1e9 / 8;
const CodecKey kSplitzip{"splitzip", ElementType::bf16};

/// Returns the estimate for a GPU that is far faster than most wires.
TransferEstimate gpu(double wire) {
  HardwareProfile hw;
  hw.copy = 50e9;
  hw.copy_call = 5e-6;
  hw.device_to_device = 300e9;
  hw.rates = {{kSplitzip, {.encode = 1000e9, .decode = 1500e9, .call = 20e-6}}};
  return {.model = {.hardware = hw}, .chunk_bytes = kChunk, .wire = wire};
}

CodecRates& splitzip(TransferEstimate& estimate) {
  return estimate.model.hardware.rates.at(kSplitzip);
}

TEST(TransferEstimateTest, OneChunkTakesTheSumOfItsStages) {
  const TransferEstimate estimate = gpu(10 * kGigabit);
  const double n = kChunk;
  EXPECT_DOUBLE_EQ(estimate.raw(kChunk), 2 * (5e-6 + n / 50e9) + n / 1.25e9);
  EXPECT_DOUBLE_EQ(estimate.encoded(kChunk, 1.25), (20e-6 + n / 1000e9) + 2 * (5e-6 + n / 62.5e9) +
                                                       n / 1.5625e9 + (20e-6 + n / 1500e9));
  EXPECT_EQ(estimate.raw(0), 0);
  EXPECT_EQ(estimate.encoded(0, 1.3), 0);
}

TEST(TransferEstimateTest, EachFurtherChunkTakesAsLongAsTheSlowestStage) {
  const TransferEstimate estimate = gpu(10 * kGigabit);
  const double wire = kChunk / 1.25e9;
  EXPECT_NEAR(estimate.raw(11 * kChunk) - estimate.raw(kChunk), 10 * wire, 1e-12);
  EXPECT_NEAR(estimate.encoded(11 * kChunk, 1.3) - estimate.encoded(kChunk, 1.3), 10 * wire / 1.3,
              1e-12);
}

TEST(TransferEstimateTest, WithoutOverlapChunksTakeAsLongAsOneByOne) {
  TransferEstimate estimate = gpu(100 * kGigabit);
  estimate.overlap = false;
  EXPECT_NEAR(estimate.raw(7 * kChunk), 7 * estimate.raw(kChunk), 1e-12);
  EXPECT_NEAR(estimate.encoded(7 * kChunk, 1.3), 7 * estimate.encoded(kChunk, 1.3), 1e-12);
  EXPECT_GT(estimate.raw(7 * kChunk), gpu(100 * kGigabit).raw(7 * kChunk));
}

TEST(TransferEstimateTest, WhereTheWireIsSlowTheWholeRatioIsGained) {
  const TransferEstimate estimate = gpu(1 * kGigabit);
  const std::uint64_t bytes = 100 * kChunk;
  EXPECT_NEAR(estimate.raw(bytes) / estimate.encoded(bytes, 1.32), 1.32, 0.01);
  EXPECT_TRUE(estimate.pays(bytes, 1.32));
  EXPECT_TRUE(estimate.pays(bytes, 1.01));
  EXPECT_FALSE(estimate.pays(bytes, 1.0));
}

TEST(TransferEstimateTest, ACodecThatIsSlowerThanTheWireNeverPays) {
  TransferEstimate estimate = gpu(10 * kGigabit);
  splitzip(estimate).encode = 0.5e9;
  for (const double ratio : {1.0, 1.32, 10.0})
    EXPECT_FALSE(estimate.pays(100 * kChunk, ratio)) << ratio;
}

/// One chunk has nothing to hide its encoder behind.
TEST(TransferEstimateTest, NothingIsStakedThatAJobWithoutAnyRatioWouldMiss) {
  TransferEstimate estimate = gpu(10 * kGigabit);
  splitzip(estimate).encode = 10e9;
  EXPECT_LT(estimate.encoded(kChunk, 1.32), estimate.raw(kChunk));
  EXPECT_GT(estimate.encoded(kChunk, 1), 1.01 * estimate.raw(kChunk));
  EXPECT_FALSE(estimate.pays(kChunk, 1.32));
  EXPECT_TRUE(estimate.pays(100 * kChunk, 1.32));
}

TEST(TransferEstimateTest, MoreOfARatioNeverTakesLonger) {
  for (const double gigabits : {0.0, 1.0, 100.0, 800.0}) {
    const TransferEstimate estimate = gpu(gigabits * kGigabit);
    for (double ratio = 0.9; ratio < 2; ratio += 0.1)
      EXPECT_LE(estimate.encoded(30 * kChunk, ratio + 0.1), estimate.encoded(30 * kChunk, ratio));
  }
}

TEST(TransferEstimateTest, AFasterWireNeverTakesLongerAndNoWireIsTheFastest) {
  for (double wire = kGigabit; wire < 1000 * kGigabit; wire *= 2) {
    EXPECT_LE(gpu(2 * wire).raw(30 * kChunk), gpu(wire).raw(30 * kChunk));
    EXPECT_LE(gpu(2 * wire).encoded(30 * kChunk, 1.3), gpu(wire).encoded(30 * kChunk, 1.3));
    EXPECT_LE(gpu(0).raw(30 * kChunk), gpu(wire).raw(30 * kChunk));
  }
}

/// The copy is hidden behind the encoder, or the encoder behind the copy; raw bytes are in their
/// place when they arrive.
TEST(TransferEstimateTest, ToAPeerThereIsNothingToInstall) {
  TransferEstimate estimate = gpu(0);
  estimate.model.to_device = true;
  const double n = kChunk;
  EXPECT_DOUBLE_EQ(estimate.raw(kChunk), 5e-6 + n / 300e9);
  EXPECT_DOUBLE_EQ(estimate.encoded(kChunk, 1.25),
                   std::max(20e-6 + n / 1000e9, 5e-6 + n / 375e9) + 20e-6 + n / 1500e9);
}

TEST(TransferEstimateTest, AFusedEncoderTakesAsLongAsItsCopy) {
  TransferEstimate fused = gpu(100 * kGigabit);
  fused.model.fused_encode = true;
  EXPECT_LT(fused.encoded(kChunk, 1.3), gpu(100 * kGigabit).encoded(kChunk, 1.3));
  EXPECT_EQ(fused.raw(kChunk), gpu(100 * kGigabit).raw(kChunk));
}

TEST(TransferEstimateTest, EachTypeHasItsOwnRates) {
  TransferEstimate estimate = gpu(0);
  estimate.model.hardware.rates[{"splitzip", ElementType::fp8_e5m2}] = {
      .encode = 1e9, .decode = 1e9, .call = 0};
  const double bf16 = estimate.encoded(kChunk, 1.1);
  estimate.model.element_type = ElementType::fp8_e5m2;
  EXPECT_GT(estimate.encoded(kChunk, 1.1), 10 * bf16);
}

/// Chunks that wait for the wire anyway may as well be encoded meanwhile.
TEST(TransferEstimateTest, BehindABusyWireASlowEncoderCostsNothing) {
  TransferEstimate estimate = gpu(100 * kGigabit);
  splitzip(estimate).encode = 1e9;
  const FrameRatios ratios{{FrameKind::splitzip, 1.3}, {FrameKind::ranked, 1}};
  EXPECT_EQ(estimate.best(kChunk, {}, ratios), FrameKind::stored);
  EXPECT_EQ(estimate.best(kChunk, {.queued_bytes = 20 * kChunk}, ratios), FrameKind::splitzip);
}

TEST(TransferEstimateTest, WhereJobsWaitTheSlowestStageCounts) {
  TransferEstimate estimate = gpu(100 * kGigabit);
  splitzip(estimate) = {.encode = 20e9, .decode = 100e9, .call = 0};
  const FrameRatios ratios{{FrameKind::splitzip, 1.3}, {FrameKind::ranked, 1}};
  EXPECT_EQ(estimate.best(kChunk, {}, ratios), FrameKind::stored);
  EXPECT_EQ(estimate.best(kChunk, {.waiting = 9}, ratios), FrameKind::splitzip);
  splitzip(estimate).encode = 10e9;  // slower than the wire with raw bytes
  EXPECT_EQ(estimate.best(kChunk, {.waiting = 9}, ratios), FrameKind::stored);
}

TEST(TransferEstimateTest, AKindWithoutFiguresIsNotChosen) {
  EXPECT_EQ(
      gpu(kGigabit).best(9 * kChunk, {}, {{FrameKind::splitzip, 1.1}, {FrameKind::ranked, 9}}),
      FrameKind::splitzip);
}

/// A CPU copies raw bytes, but encodes to and decodes from where frames lie.
TEST(TransferEstimateTest, InHostMemoryOnlyRawBytesAreCopied) {
  TransferEstimate estimate = gpu(0);
  splitzip(estimate) = {.encode = 10e9, .decode = 20e9, .call = 0};
  estimate.model.hardware.host_memory = true;
  EXPECT_DOUBLE_EQ(estimate.encoded(kChunk, 1.25), kChunk / 10e9 + kChunk / 20e9);
  EXPECT_EQ(estimate.raw(kChunk), gpu(0).raw(kChunk));
}

/// The speeds that a worker measures of itself are those of such a decoder.
TEST(TransferEstimateTest, ADecoderThatReadsWherePayloadsArriveSparesTheCopy) {
  TransferEstimate estimate = gpu(0);
  splitzip(estimate).decode = 1e9;
  const double apart = estimate.encoded(kChunk, 1.25);
  estimate.model.fused_decode = true;
  EXPECT_NEAR(apart - estimate.encoded(kChunk, 1.25), 5e-6 + kChunk / 62.5e9, 1e-12);
  EXPECT_EQ(estimate.raw(kChunk), gpu(0).raw(kChunk));
}

}  // namespace
}  // namespace splitbench
