#include "workers/device/worker_speeds.hpp"

#include <gtest/gtest.h>
#include <vector>

#include "workers/codebooks/codebook_keeper.hpp"
namespace splitbench {
namespace {

WorkerSpeeds speeds(double rate) {
  return {.copy = {.rate = 10 * rate, .call = 1e-6},
          .codecs = {{"splitzip", {.rate = 5 * rate, .call = 2e-6}},
                     {"ranked", {.rate = rate, .call = 4e-6}}}};
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

}  // namespace
}  // namespace splitbench
