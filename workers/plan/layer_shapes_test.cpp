#include "workers/plan/layer_shapes.hpp"

#include <algorithm>
#include <gtest/gtest.h>

#include "workers/plan/timing.hpp"

namespace splitbench {
namespace {

using Product = LayerStep::Product;
using Prompts = std::vector<std::uint64_t>;

const ModelGeometry kModel{.name = "grouped",
                           .layers = 32,
                           .hidden = 4096,
                           .attention_heads = 32,
                           .kv_heads = 8,
                           .head_dim = 128,
                           .active_parameters = 8.03e9,
                           .total_parameters = 8.03e9};
const ModelGeometry kLatent{.name = "latent",
                            .layers = 61,
                            .hidden = 7168,
                            .attention_heads = 128,
                            .kv_heads = 0,
                            .head_dim = 160,
                            .latent_dim = 576,
                            .active_parameters = 36.6e9,
                            .total_parameters = 671e9};

/// Returns the FLOPs of a layer by the formula of timed compute.
double expected_flops(const ModelGeometry& model, double scale, const Prompts& prompts) {
  constexpr double kFlops = 1e12;
  const ComputeModel compute{model, {.flops = kFlops, .memory_bandwidth = 1e30}, scale};
  std::vector<JobRequest> requests;
  for (const std::uint64_t tokens : prompts) requests.push_back({.prompt_tokens = tokens});
  return std::chrono::duration<double>(compute.prefill(requests, 0, 1)).count() * kFlops;
}

TEST(LayerShapesTest, FlopsAreThoseOfTimedCompute) {
  for (const ModelGeometry& model : {kModel, kLatent}) {
    for (const double scale : {1.0, 2.0, 8.0}) {
      for (const Prompts& prompts :
           {Prompts{512}, Prompts{8192}, Prompts{100'000}, Prompts{1000, 30'000, 1}}) {
        SCOPED_TRACE(testing::Message() << model.name << ", " << scale << ", " << prompts[0]);
        const double expected = expected_flops(model, scale, prompts);
        EXPECT_NEAR(layer_flops({model, scale}, prompts) / expected, 1, 0.04);
      }
    }
  }
}

TEST(LayerShapesTest, WeightsAreTheModelsShare) {
  for (const double scale : {1.0, 8.0}) {
    const double expected = kModel.active_parameters / kModel.layers / scale;
    EXPECT_NEAR(static_cast<double>(LayerShape(kModel, scale).weights()) / expected, 1, 0.02);
  }
}

TEST(LayerShapesTest, MoreDevicesThanKvHeadsKeepOneEach) {
  const LayerShape shape(kModel, 16);
  EXPECT_EQ(shape.kv_heads, 1);
  EXPECT_EQ(shape.query_heads(), 2);
}

/// Sums the query tokens of all prompts and bounds the keys that they see.
TEST(LayerShapesTest, EveryQuerySeesAllKeysUpToItselfAndFewBehindIt) {
  const LayerShape shape(kModel, 1);
  const Prompts prompts{300, 20'000, 64};
  std::uint64_t piece = 0, seen = 0;
  for (const LayerStep& step : layer_steps(shape, prompts)) {
    if (step.product == Product::key_value) piece = step.first_key;
    if (step.product != Product::scores) continue;
    const std::uint64_t query = piece + step.first_query, queries = step.rows / shape.group;
    const std::uint64_t prompt = query < 300 ? 0 : query < 20'300 ? 300 : 20'300;
    EXPECT_GE(step.first_key, prompt);
    EXPECT_LT(step.first_key + step.columns, query + queries + kKeyStep);
    if (step.first_key == prompt) seen += queries;
    EXPECT_LE(step.columns, kKeysAtOnce);
    EXPECT_LE(queries, queries_at_once(shape));
  }
  EXPECT_EQ(seen, 20'364);
}

TEST(LayerShapesTest, ValuesFollowTheirScoresAndAddUp) {
  const std::vector<LayerStep> steps = layer_steps({kModel, 1}, Prompts{5000});
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].product != Product::values) continue;
    EXPECT_EQ(steps[i - 1].product, Product::scores);
    EXPECT_EQ(steps[i - 1].columns, steps[i].depth);
    EXPECT_EQ(steps[i].adds, steps[i].first_key > 0);
  }
}

TEST(LayerShapesTest, PiecesBoundTheActivations) {
  const std::vector<LayerStep> steps = layer_steps({kModel, 1}, Prompts{10'000, 10'000});
  EXPECT_EQ(std::ranges::count(steps, Product::down, &LayerStep::product), 3);
  for (const LayerStep& step : steps) {
    if (step.product == Product::gate_up) {
      EXPECT_LE(step.rows, kPieceTokens);
    }
  }
}

TEST(LayerShapesTest, NoTokensTakeNothing) {
  EXPECT_TRUE(layer_steps({kModel, 1}, Prompts{}).empty());
  EXPECT_TRUE(layer_steps({kModel, 1}, Prompts{0}).empty());
}

}  // namespace
}  // namespace splitbench
