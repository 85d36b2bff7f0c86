#include "sim/run/dispatch/shard_scenario.hpp"

#include <gtest/gtest.h>

#include "sim/run/example_scenario.hpp"

namespace splitbench {
namespace {

constexpr std::uint64_t kGigabit = 1'000'000'000;

Scenario with_ranks(std::uint32_t prefill, std::uint32_t decode) {
  Scenario scenario = example_scenario();  // 4 KV heads, 1 Gbit/s
  scenario.workers.prefill_tp = prefill;
  scenario.workers.decode_tp = decode;
  return scenario;
}

TEST(ShardScenarioTest, WithoutRanksNothingChanges) {
  const Scenario one = shard_of(example_scenario());
  EXPECT_EQ(one.link, example_scenario().link);
  EXPECT_EQ(one.pipeline.model, example_scenario().pipeline.model);
  EXPECT_EQ(one.prefill_memory, example_scenario().prefill_memory);
}

TEST(ShardScenarioTest, ARankWithOneShardHasANicForIt) {
  const Scenario shard = shard_of(with_ranks(4, 4));
  EXPECT_EQ(shard.link.bandwidth, kGigabit);
  EXPECT_TRUE(shard.link.egress.empty() && shard.link.ingress.empty());
  EXPECT_EQ(shard.pipeline.model.width(), 64u);
}

TEST(ShardScenarioTest, TheShardsOfARankShareItsNicAndItsMemory) {
  Scenario scenario = with_ranks(2, 4);
  scenario.link.spine = 8 * kGigabit;
  const Scenario shard = shard_of(scenario);
  EXPECT_EQ(shard.link.bandwidth, kGigabit);
  EXPECT_EQ(shard.link.egress, std::vector{kGigabit / 2});
  EXPECT_TRUE(shard.link.ingress.empty());
  EXPECT_EQ(shard.link.spine, 2 * kGigabit);
  EXPECT_EQ(shard.prefill_memory, scenario.prefill_memory / 2);
  EXPECT_EQ(shard.decode_memory, scenario.decode_memory);
}

TEST(ShardScenarioTest, NicsOfAWorkerAreDividedBetweenItsShards) {
  Scenario scenario = with_ranks(4, 4);
  scenario.nics = 2;
  scenario.link.schedule = {{.at = Time(1), .bandwidth = 4 * kGigabit}};
  scenario.link.ingress = {kGigabit / 2};
  const Scenario shard = shard_of(scenario);
  EXPECT_EQ(shard.link.bandwidth, kGigabit / 2);
  EXPECT_EQ(shard.link.schedule[0].bandwidth, 2 * kGigabit);
  EXPECT_EQ(shard.link.ingress, std::vector{kGigabit / 4});
}

TEST(ShardScenarioTest, OneRankMaySendOverSeveralNics) {
  Scenario scenario = example_scenario();
  scenario.nics = 2;
  EXPECT_EQ(shard_of(scenario).link.bandwidth, 2 * kGigabit);
}

TEST(ShardScenarioTest, AWireWithoutALimitStaysOne) {
  Scenario scenario = with_ranks(2, 4);
  scenario.link.bandwidth = kUnlimited;
  const Scenario shard = shard_of(scenario);
  EXPECT_EQ(shard.link.bandwidth, kUnlimited);
  EXPECT_TRUE(shard.link.egress.empty());
}

TEST(ShardScenarioTest, RanksShareTheirWorkersComputeAndReadCopiesOfHeads) {
  const Scenario shard = shard_of(with_ranks(2, 8));
  const ComputeModel prefill = compute_of(shard, true), decode = compute_of(shard, false);
  EXPECT_EQ(prefill.scale, 2);
  EXPECT_EQ(decode.scale, 8);
  EXPECT_EQ(prefill.kv_copies, 1u);
  EXPECT_EQ(decode.kv_copies, 2u);  // 8 ranks for 4 heads
  EXPECT_EQ(prefill.model, example_scenario().pipeline.model);
}

}  // namespace
}  // namespace splitbench
