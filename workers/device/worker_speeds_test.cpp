#include "workers/device/worker_speeds.hpp"

#include <gtest/gtest.h>
#include <vector>

#include "workers/codebooks/codebook_keeper.hpp"

namespace splitbench {
namespace {

WorkerSpeeds speeds(double rate) {
  return {.copy = {.rate = 10 * rate, .call = 1e-6},
          .splitzip = {.rate = 5 * rate, .call = 2e-6},
          .ranked = {.rate = rate, .call = 4e-6}};
}

const CodecKey kSplitzip{"splitzip", ElementType::bf16};

HardwareProfile published() {
  HardwareProfile hw;
  hw.flops = 1e15;
  hw.copy = 50e9;
  hw.rates = {{kSplitzip, {.encode = 1000e9, .decode = 1500e9, .call = 20e-6, .sample = 1e-6}}};
  return hw;
}

TEST(WorkerSpeedsTest, TheSlowestWorkerOfEachEndCounts) {
  const std::vector<WorkerSpeeds> prefill{speeds(3e9), speeds(2e9)}, decode{speeds(7e9)};
  const HardwareProfile hw = as_measured(published(), prefill, decode);
  EXPECT_EQ(hw.rates_of("ranked", ElementType::bf16),
            (CodecRates{.encode = 2e9, .decode = 7e9, .call = 4e-6}));
  EXPECT_EQ(hw.rates_of("splitzip", ElementType::bf16).encode, 10e9);
  EXPECT_EQ(hw.rates_of("splitzip", ElementType::fp8_e4m3), hw.rates.at(kSplitzip))
      << "whatever type the elements were of";
  EXPECT_EQ(hw.copy, 20e9);
  EXPECT_EQ(hw.flops, published().flops);
}

TEST(WorkerSpeedsTest, WhatNobodyMeasuredStays) {
  EXPECT_EQ(as_measured(published(), {}, {}), published());
  const std::vector<WorkerSpeeds> prefill{speeds(1e9)};
  EXPECT_EQ(as_measured(published(), prefill, {}).rates, published().rates);
}

/// A worker as small as can be, on the CPU.
class MeasuredSpeedsTest : public testing::TestWithParam<bool> {
 protected:
  MeasuredSpeedsTest() {
    setup_.pipeline.model = {.layers = 4, .kv_heads = 8, .head_dim = 128};
    setup_.pipeline.staging = 4 << 20;
    setup_.kv_bytes = 32 << 20;
  }

  WorkerSetup setup_;
};

TEST_P(MeasuredSpeedsTest, AreThoseOfEachStage) {
  const KvSource source = KvSource::load({}, setup_.pipeline.model, ElementType::bf16, 1);
  const auto backend = make_cpu_backend(
      {.pipeline = setup_.pipeline, .source = source, .kv_bytes = setup_.kv_bytes});
  const CodebookKeeper::Spec spec = keeper_spec({}, setup_.pipeline, source, {});
  const WorkerSpeeds found =
      measure_speeds(GetParam(), *backend, spec, setup_, 1'000'000, backend->slot(0));
  for (const StageSpeed& stage : {found.copy, found.splitzip, found.ranked}) {
    EXPECT_GT(stage.rate, 1e6);
    EXPECT_LT(stage.rate, 1e15);
    EXPECT_GE(stage.call, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Ends, MeasuredSpeedsTest, testing::Bool(),
                         [](const auto& end) { return end.param ? "Prefill" : "Decode"; });

}  // namespace
}  // namespace splitbench
