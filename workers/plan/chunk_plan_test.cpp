#include "workers/plan/chunk_plan.hpp"

#include <gtest/gtest.h>
#include <string>

#include "workers/plan/job.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

const ModelGeometry kSmall{.name = "small",
                           .layers = 6,
                           .hidden = 64,
                           .attention_heads = 4,
                           .kv_heads = 2,
                           .head_dim = 32};

struct ChunkPlanTest : testing::TestWithParam<ElementType> {};

TEST_P(ChunkPlanTest, CoversEveryElementOnceInOrderAndKeepsItsBounds) {
  ModelGeometry latent = kSmall;
  latent.kv_heads = 0;
  latent.latent_dim = 72;
  for (const ModelGeometry& model : {kSmall, latent}) {
    for (const std::uint64_t tokens : {1, 7, 512, 100'000}) {
      for (const std::uint32_t group : {1u, 4u, 6u}) {
        const std::uint64_t chunk_bytes = 8 * kPieceElements;
        const auto chunks = plan_chunks(model, GetParam(), tokens, group, chunk_bytes);
        std::uint32_t tensor = 0;
        std::uint64_t next = 0, total = 0;
        for (const Chunk& chunk : chunks) {
          EXPECT_LE(chunk.elements * element_bytes(GetParam()), chunk_bytes);
          EXPECT_LE(chunk.pieces.size(), kMaxPieces);
          std::uint64_t sum = 0;
          for (const Piece& piece : chunk.pieces) {
            if (next == tokens * model.width()) ++tensor, next = 0;
            EXPECT_EQ(piece.tensor, tensor);
            EXPECT_EQ(piece.first, next);
            EXPECT_EQ(chunk.group, tensor / model.tensor_classes().size() / group);
            next += piece.elements;
            sum += piece.elements;
          }
          EXPECT_EQ(sum, chunk.elements);
          total += sum;
        }
        EXPECT_EQ(total, tokens * model.elements_per_token());
      }
    }
  }
}

TEST_P(ChunkPlanTest, EveryPieceBeginsWhereTheGpuCanReadItAndNoneOverlap) {
  ModelGeometry odd = kSmall;
  odd.kv_heads = 1;
  for (odd.head_dim = 1; odd.head_dim < 40; odd.head_dim += 3) {
    for (const std::uint64_t tokens : {1, 7, 50'001}) {
      const KvLayout layout(odd, GetParam(), tokens);
      std::uint64_t end = 0;
      for (const Chunk& chunk : plan_chunks(odd, GetParam(), tokens, 4, 8 * kPieceElements))
        for (const Piece& piece : chunk.pieces) {
          EXPECT_EQ(layout.at(piece) % KvLayout::kTensorAlignment, 0u);
          EXPECT_GE(layout.at(piece), end);
          end = layout.at(piece) + layout.bytes_of(piece);
        }
      EXPECT_LE(end, layout.bytes());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, ChunkPlanTest,
                         testing::Values(ElementType::bf16, ElementType::fp8_e5m2,
                                         ElementType::fp8_e4m3),
                         [](const auto& param) { return std::string(name(param.param)); });

TEST(StagingPlanTest, NeverTakesMoreThanItIsGiven) {
  for (std::uint64_t staging = 1'000'000; staging < 2'000'000'000; staging = staging * 3 / 2) {
    const StagingPlan plan = plan_staging(staging);
    EXPECT_LE(plan.slots * plan.slot_bytes, staging);
    EXPECT_GE(plan.slots, 2u);
    EXPECT_EQ(plan.chunk_bytes % (2 * kPieceElements), 0u);
  }
  EXPECT_THROW(plan_staging(50'000), InputError);
  EXPECT_EQ(plan_staging(1 << 30, 64 << 20).chunk_bytes, 64u << 20);
  EXPECT_EQ(plan_staging(1 << 30, 64 << 20).slots, 15u);
  EXPECT_THROW(plan_staging(1 << 20, 1 << 20), InputError);
}

}  // namespace
}  // namespace splitbench
