#include "workers/plan/shards.hpp"

#include <gtest/gtest.h>
#include <stdexcept>

#include "workers/plan/rank_plan.hpp"

namespace splitbench {
namespace {

ModelGeometry grouped_query(std::uint32_t kv_heads) {
  return {.name = "test",
          .layers = 3,
          .hidden = 1024,
          .attention_heads = 32,
          .kv_heads = kv_heads,
          .head_dim = 64};
}

ModelGeometry latent_attention() {
  return {.name = "latent",
          .layers = 2,
          .hidden = 1024,
          .attention_heads = 32,
          .kv_heads = 0,
          .head_dim = 64,
          .latent_dim = 576};
}

TEST(ShardsTest, AWorkerWithoutRanksHasOneThatIsTheWhole) {
  const Shards one = plan_shards(grouped_query(8), ElementType::bf16, 1, 1);
  EXPECT_EQ(one, Shards());
  EXPECT_EQ(part_of_shard(grouped_query(8), one, 0), CachePart());
}

TEST(ShardsTest, ThereIsOneForEachPairOfRanksThatExchangeHeads) {
  const ModelGeometry model = grouped_query(8);
  const auto plan = [&](std::uint32_t prefill, std::uint32_t decode) {
    return plan_shards(model, ElementType::bf16, prefill, decode);
  };
  EXPECT_EQ(plan(2, 2), (Shards{2, 1, 1}));
  EXPECT_EQ(plan(2, 4), (Shards{4, 2, 1}));
  EXPECT_EQ(plan(4, 2), (Shards{4, 1, 2}));
  EXPECT_EQ(plan(1, 8), (Shards{8, 8, 1}));
  EXPECT_EQ(plan(8, 16), (Shards{16, 2, 1}));  // every head goes to two ranks
  EXPECT_EQ(plan(16, 8), (Shards{8, 1, 1}));   // of two ranks with the same head one sends it
  EXPECT_EQ(plan(16, 16), (Shards{16, 1, 1}));
}

TEST(ShardsTest, PartsAreHeadsInOrder) {
  const ModelGeometry model = grouped_query(8);
  const Shards four = plan_shards(model, ElementType::bf16, 2, 4);
  for (std::uint32_t shard = 0; shard < 4; ++shard)
    EXPECT_EQ(part_of_shard(model, four, shard), (CachePart{2 * shard, 2, 4}));
  const Shards copied = plan_shards(model, ElementType::bf16, 8, 16);
  for (std::uint32_t shard = 0; shard < 16; ++shard)
    EXPECT_EQ(part_of_shard(model, copied, shard), (CachePart{shard / 2, 1, 16}));
}

TEST(ShardsTest, ALatentTensorGoesWholeToEveryRank) {
  const Shards shards = plan_shards(latent_attention(), ElementType::bf16, 4, 8);
  EXPECT_EQ(shards, (Shards{8, 2, 1}));
  ModelGeometry part = latent_attention();
  part.part = part_of_shard(latent_attention(), shards, 5);
  EXPECT_EQ(part.width(), 576u);
}

TEST(ShardsTest, TogetherTheyHaveTheBytesOfAllFlows) {
  for (const ModelGeometry& model : {grouped_query(8), grouped_query(4), latent_attention()})
    for (const std::uint32_t prefill : {1, 2, 4, 8})
      for (const std::uint32_t decode : {1, 2, 4, 8, 16}) {
        std::uint64_t sent = 0;
        for (const RankFlow& flow : plan_ranks(model, ElementType::bf16, 100, prefill, decode, {}))
          sent += flow.bytes;
        const Shards shards = plan_shards(model, ElementType::bf16, prefill, decode);
        ModelGeometry part = model;
        part.part = part_of_shard(model, shards, 0);
        EXPECT_EQ(shards.count * part.elements(ElementType::bf16, 100) * 2, sent)
            << model.name << ' ' << prefill << " -> " << decode;
      }
}

TEST(ShardsTest, AStateIsCutAsRanksCutIt) {
  ModelGeometry model = grouped_query(8);
  model.kinds = {{}, {.keeps = LayerKind::Keeps::state, .state_bytes = 4096}, {}};
  const Shards shards = plan_shards(model, ElementType::bf16, 2, 4);
  model.part = part_of_shard(model, shards, 0);
  EXPECT_EQ(model.tensors(ElementType::bf16)[2].width, 4096 / 2 / 4u);
}

TEST(ShardsTest, PartsThatAreNotEquallyLargeAreRefused) {
  // Of 12 heads, ranks of 4 and of 3 heads have 3, 1, 2, 2, 1 and 3 in common.
  EXPECT_THROW(plan_shards(grouped_query(12), ElementType::bf16, 3, 4), std::invalid_argument);
  EXPECT_THROW(plan_shards(grouped_query(8), ElementType::bf16, 3, 1), std::invalid_argument);
  EXPECT_THROW(plan_shards(grouped_query(8), ElementType::bf16, 16, 24), std::invalid_argument);
  ModelGeometry odd = grouped_query(8);
  odd.kinds = {{}, {.keeps = LayerKind::Keeps::state, .state_bytes = 10}, {}};
  EXPECT_THROW(plan_shards(odd, ElementType::bf16, 2, 2), std::invalid_argument);
}

}  // namespace
}  // namespace splitbench
