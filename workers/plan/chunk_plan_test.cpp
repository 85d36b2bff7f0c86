#include "workers/plan/chunk_plan.hpp"

#include <gtest/gtest.h>
#include <string>

#include "workers/plan/job.hpp"
#include "workers/plan/pipeline.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

const ModelGeometry kSmall{.name = "small",
                           .layers = 6,
                           .hidden = 64,
                           .attention_heads = 4,
                           .kv_heads = 2,
                           .head_dim = 32};

/// Layers that keep everything, the last tokens, a state or nothing.
ModelGeometry mixed() {
  ModelGeometry model = kSmall;
  model.kinds = {{.window = 100},
                 {},
                 {.keeps = LayerKind::Keeps::state, .state_bytes = 100'002},
                 {.keeps = LayerKind::Keeps::nothing},
                 {.keeps = LayerKind::Keeps::shared},
                 {.window = 7}};
  return model;
}

struct ChunkPlanTest : testing::TestWithParam<ElementType> {};

TEST_P(ChunkPlanTest, CoversEveryElementOnceInOrderAndKeepsItsBounds) {
  ModelGeometry latent = kSmall;
  latent.kv_heads = 0;
  latent.latent_dim = 72;
  ModelGeometry indexed = latent;
  indexed.index_bytes = 33;
  for (const ModelGeometry& model : {kSmall, latent, indexed, mixed()}) {
    const std::vector<CacheTensor> tensors = model.tensors(GetParam());
    for (const std::uint64_t tokens : {1, 7, 512, 100'000}) {
      for (const std::uint32_t group : {1u, 4u, 6u}) {
        const std::uint64_t chunk_bytes = 8 * kPieceElements;
        const std::uint64_t requests[] = {tokens, 50};
        const auto rows = [&](std::uint32_t tensor) {
          return tensors[tensor].rows(tokens) + tensors[tensor].rows(50);
        };
        const auto chunks = plan_chunks(model, GetParam(), requests, group, chunk_bytes);
        std::uint32_t tensor = 0;
        std::uint64_t next = 0, total = 0;
        for (const Chunk& chunk : chunks) {
          EXPECT_LE(chunk.elements * element_bytes(GetParam()), chunk_bytes);
          EXPECT_LE(chunk.pieces.size(), kMaxPieces);
          std::uint64_t sum = 0;
          for (const Piece& piece : chunk.pieces) {
            if (next == rows(tensor) * tensors[tensor].width) ++tensor, next = 0;
            EXPECT_EQ(piece.tensor, tensor);
            EXPECT_EQ(piece.first, next);
            EXPECT_EQ(chunk.group, tensors[tensor].layer / group);
            next += piece.elements;
            sum += piece.elements;
          }
          EXPECT_EQ(sum, chunk.elements);
          total += sum;
        }
        EXPECT_EQ(tensor + 1, tensors.size());
        EXPECT_EQ(total, model.elements(GetParam(), tokens) + model.elements(GetParam(), 50));
      }
    }
  }
}

TEST_P(ChunkPlanTest, GroupsOfTokensCoverEveryElementOnceAndNoneBeforeItsTokenIsComputed) {
  for (const ModelGeometry& model : {kSmall, mixed()}) {
    const std::vector<CacheTensor> tensors = model.tensors(GetParam());
    for (const std::uint64_t tokens : {1, 64, 100, 1000, 5000})
      for (const std::uint64_t group : {64, 512, 8192}) {
        std::vector<std::uint64_t> next(tensors.size());
        for (const Chunk& chunk :
             plan_chunks(model, GetParam(), {&tokens, 1}, model.layers, 8 * kPieceElements, group))
          for (const Piece& piece : chunk.pieces) {
            const CacheTensor& tensor = tensors[piece.tensor];
            EXPECT_EQ(piece.first, next[piece.tensor]);
            next[piece.tensor] += piece.elements;
            const std::uint64_t computed = std::min((chunk.group + 1) * group, tokens);
            if (tensor.once) {
              EXPECT_EQ(computed, tokens);
              continue;
            }
            const std::uint64_t row = (next[piece.tensor] - 1) / tensor.width;
            EXPECT_LT(tokens - tensor.rows(tokens) + row, computed);
          }
        for (std::size_t i = 0; i < tensors.size(); ++i)
          EXPECT_EQ(next[i], tensors[i].rows(tokens) * tensors[i].width);
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
      for (const Chunk& chunk : plan_chunks(odd, GetParam(), {&tokens, 1}, 4, 8 * kPieceElements))
        for (const Piece& piece : chunk.pieces) {
          EXPECT_EQ(layout.at(piece) % KvLayout::kTensorAlignment, 0u);
          EXPECT_GE(layout.at(piece), end);
          end = layout.at(piece) + layout.bytes_of(piece);
        }
      EXPECT_LE(end, layout.bytes());
    }
  }
}

TEST_P(ChunkPlanTest, TheLayoutHoldsEachRequestsRowsOfEachTensor) {
  const ModelGeometry model = mixed();
  const std::vector<CacheTensor> tensors = model.tensors(GetParam());
  const std::uint64_t requests[] = {3, 1000, 60};
  const KvLayout layout(model, GetParam(), requests);
  const std::uint64_t element = element_bytes(GetParam());
  ASSERT_EQ(layout.tensors(), tensors.size());
  ASSERT_EQ(tensors.size(), 7u);  // K and V of three layers, and a state
  EXPECT_EQ(layout.tensor_bytes(0), element * (3 + 100 + 60) * 64);
  EXPECT_EQ(layout.tensor_bytes(2), element * 1063 * 64);
  EXPECT_EQ(layout.tensor_bytes(4), 3 * 100'002u);
  EXPECT_EQ(layout.tensor_bytes(6), element * (3 + 7 + 7) * 64);
  EXPECT_EQ(layout.request_bytes(4, 0), 0u);  // a request that sends nothing
  EXPECT_EQ(kv_memory(model, GetParam(), requests), layout.bytes());
  for (std::uint32_t tensor = 0; tensor + 1 < layout.tensors(); ++tensor)
    EXPECT_GE(layout.tensor(tensor + 1), layout.tensor(tensor) + layout.tensor_bytes(tensor));
}

TEST(TokensWithinTest, AreTheMostWhoseCacheFits) {
  ModelGeometry windows = kSmall;
  windows.kinds.assign(windows.layers, {.window = 100});
  for (const ModelGeometry& model : {kSmall, mixed()}) {
    const Pipeline pipeline{.model = model};
    for (const std::uint64_t bytes : {1u << 20, 5u << 20, 1u << 30}) {
      const std::uint64_t tokens = pipeline.tokens_within(bytes);
      EXPECT_LE(pipeline.memory_of(tokens), bytes);
      EXPECT_GT(pipeline.memory_of(tokens + 1), bytes);
    }
    EXPECT_EQ(pipeline.tokens_within(10), 0u);
  }
  EXPECT_EQ((Pipeline{.model = windows}.tokens_within(1 << 30)), Pipeline::kMostTokens);
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
