#include "workers/plan/rank_plan.hpp"

#include <gtest/gtest.h>
#include <map>
#include <numeric>
#include <stdexcept>

namespace splitbench {
namespace {

constexpr ElementType kBf16 = ElementType::bf16;
constexpr std::uint64_t kTokens = 1000;

ModelGeometry grouped(std::uint32_t heads) {
  return {.name = "grouped", .layers = 3, .kv_heads = heads, .head_dim = 64};
}

ModelGeometry latent() {
  return {.name = "latent", .layers = 3, .latent_dim = 576, .index_bytes = 132};
}

std::uint64_t bytes(const std::vector<RankFlow>& flows) {
  return std::accumulate(flows.begin(), flows.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const RankFlow& flow) { return sum + flow.bytes; });
}

std::uint64_t cache(const ModelGeometry& model) {
  return model.elements(kBf16, kTokens) * element_bytes(kBf16);
}

std::map<std::uint32_t, std::uint64_t> received(const std::vector<RankFlow>& flows) {
  std::map<std::uint32_t, std::uint64_t> sums;
  for (const RankFlow& flow : flows) sums[flow.decode_rank] += flow.bytes;
  return sums;
}

TEST(RankPlanTest, EveryDecodeRankGetsItsHeadsOnce) {
  for (const std::uint32_t prefill : {1, 2, 4, 8, 16, 32})
    for (const std::uint32_t decode : {1, 2, 4, 8, 16, 32}) {
      const auto flows = plan_ranks(grouped(8), kBf16, kTokens, prefill, decode, {});
      const std::uint64_t held = decode < 8 ? 8 / decode : 1;
      const auto got = received(flows);
      EXPECT_EQ(got.size(), decode);
      for (const auto& [rank, sum] : got)
        EXPECT_EQ(sum, cache(grouped(8)) / 8 * held) << prefill << " to " << decode;
    }
}

TEST(RankPlanTest, EqualRanksOnBothSidesPairUp) {
  for (const std::uint32_t ranks : {2, 8, 16}) {
    const auto flows = plan_ranks(grouped(8), kBf16, kTokens, ranks, ranks, {.page_tokens = 16});
    ASSERT_EQ(flows.size(), ranks);
    for (const RankFlow& flow : flows) {
      EXPECT_EQ(flow.prefill_rank, flow.decode_rank);
      EXPECT_EQ(flow.pieces, 6u * 63) << "pages of K and V of three layers";
      EXPECT_EQ(flow.messages, 3u);
    }
  }
}

TEST(RankPlanTest, WhereHeadsAreSharedOnlyHeadMajorPagesStayWhole) {
  const auto pieces = [](KvMemory memory) {
    return plan_ranks(grouped(8), kBf16, kTokens, 2, 4, memory).front().pieces;
  };
  EXPECT_EQ(pieces({.page_tokens = 16, .order = HeadOrder::hnd}), 6u * 63);
  EXPECT_EQ(pieces({.page_tokens = 16, .order = HeadOrder::nhd}), 6u * 63 * 16);
  EXPECT_EQ(pieces({.page_tokens = 0, .order = HeadOrder::nhd}), 6 * kTokens);
  EXPECT_EQ(pieces({.page_tokens = 0, .order = HeadOrder::hnd}), 6u);
}

TEST(RankPlanTest, LatentTensorsAreSentToEveryRank) {
  const auto flows = plan_ranks(latent(), kBf16, kTokens, 4, 8, {});
  EXPECT_EQ(bytes(flows), 8 * cache(latent()));
  EXPECT_EQ(flows.size(), 8u) << "each from one rank, which share them";
  std::map<std::uint32_t, int> asked;
  for (const RankFlow& flow : flows) ++asked[flow.prefill_rank];
  for (const auto& [rank, times] : asked) EXPECT_EQ(times, 2) << rank;
}

TEST(RankPlanTest, RanksExchangeHeadsAndStatesWithTheSameOnes) {
  ModelGeometry model = grouped(2);
  model.kinds = {{}, {.keeps = LayerKind::Keeps::state, .state_bytes = 4096}, {}};
  for (const std::uint32_t prefill : {4, 8})
    for (const std::uint32_t decode : {8, 16})
      EXPECT_EQ(plan_ranks(model, kBf16, kTokens, prefill, decode, {}).size(), decode);
}

TEST(RankPlanTest, AWindowThatBeginsWithinAPageHasOneMore) {
  ModelGeometry model = grouped(8);
  model.kinds.assign(3, {.window = 128});
  const auto pieces = [&](std::uint64_t tokens) {
    return plan_ranks(model, kBf16, tokens, 1, 1, {.page_tokens = 16}).front().pieces;
  };
  EXPECT_EQ(pieces(1024), 6u * 8);
  EXPECT_EQ(pieces(1030), 6u * 9);
  EXPECT_EQ(pieces(100), 6u * 7);
}

TEST(RankPlanTest, StatesAreCutEvenlyAndNothingIsLost) {
  ModelGeometry model = grouped(4);
  model.kinds = {{.keeps = LayerKind::Keeps::state, .state_bytes = 1002}, {}, {}};
  for (const std::uint64_t state_bytes : {1002, 6})
    for (const std::uint32_t prefill : {1, 2, 4})
      for (const std::uint32_t decode : {1, 2, 4}) {
        model.kinds[0].state_bytes = state_bytes;
        EXPECT_EQ(bytes(plan_ranks(model, kBf16, kTokens, prefill, decode, {})), cache(model));
      }
}

TEST(RankPlanTest, AMessageIsOfLayersInARow) {
  ModelGeometry model = grouped(2);
  model.layers = 8;
  model.kinds.assign(8, {.keeps = LayerKind::Keeps::state, .state_bytes = 4096});
  model.kinds[1] = model.kinds[6] = {};
  const auto messages = [&](std::uint32_t prefill, std::uint32_t group) {
    std::vector<std::uint32_t> of_flows;
    for (const RankFlow& flow : plan_ranks(model, kBf16, kTokens, prefill, 4, {}, group))
      of_flows.push_back(flow.messages);
    return of_flows;
  };
  EXPECT_EQ(messages(2, 1), (std::vector<std::uint32_t>{8, 8, 8, 8}));
  EXPECT_EQ(messages(2, 4), (std::vector<std::uint32_t>{2, 2, 2, 2}));
  EXPECT_EQ(messages(2, 0), (std::vector<std::uint32_t>{1, 1, 1, 1}));
  // The second of four ranks has the same head as the first, and states of its own.
  model.kv_heads = 1;
  model.kinds[1] = model.kinds[6] = {};
  EXPECT_EQ(messages(1, 3), (std::vector<std::uint32_t>{3, 3, 3, 3}));
}

TEST(RankPlanTest, HeadsThatCannotBeSharedOutAreRefused) {
  EXPECT_THROW(plan_ranks(grouped(8), kBf16, kTokens, 3, 1, {}), std::invalid_argument);
  EXPECT_THROW(plan_ranks(grouped(8), kBf16, kTokens, 1, 12, {}), std::invalid_argument);
  EXPECT_NO_THROW(plan_ranks(latent(), kBf16, kTokens, 3, 5, {}));
  EXPECT_EQ(heads_of_rank(grouped(8), 4), 2u);
  EXPECT_EQ(heads_of_rank(grouped(8), 16), 1u);
}

}  // namespace
}  // namespace splitbench
