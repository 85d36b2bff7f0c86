#include "workers/plan/timing.hpp"

#include <gtest/gtest.h>

namespace splitbench {
namespace {

const ComputeModel kCompute{.model = {.name = "m",
                                      .layers = 10,
                                      .hidden = 1000,
                                      .attention_heads = 10,
                                      .kv_heads = 2,
                                      .head_dim = 100,
                                      .active_parameters = 1e9,
                                      .total_parameters = 1e9},
                            .hardware = {.flops = 1e14, .memory_bandwidth = 1e12}};

std::uint64_t kContext[] = {1000};

TEST(ComputeModelTest, PrefillIsItsFlopsOverTheDevices) {
  // 2 * 1e9 * 10,000 for the weights and 2 * 10,000^2 * 1000 * 10 for attention.
  const JobRequest request{.prompt_tokens = 10'000};
  EXPECT_NEAR(static_cast<double>(kCompute.prefill({&request, 1}, 0, 10).count()),
              (2e13 + 2e12) / 1e14 * 1e9, 1);
}

TEST(ComputeModelTest, AShortPrefillWaitsForTheWeights) {
  const JobRequest request{.prompt_tokens = 1};
  EXPECT_EQ(kCompute.prefill({&request, 1}, 0, 10), std::chrono::milliseconds(2));
}

TEST(ComputeModelTest, LayersAddUpToTheWholeAndScaleDivides) {
  const JobRequest request{.prompt_tokens = 4096};
  const Time whole = kCompute.prefill({&request, 1}, 0, 10),
             half = kCompute.prefill({&request, 1}, 5, 5);
  EXPECT_NEAR(static_cast<double>(whole.count()), 2 * static_cast<double>(half.count()), 2);
  ComputeModel eight = kCompute;
  eight.scale = 8;
  EXPECT_NEAR(static_cast<double>(whole.count()),
              8 * static_cast<double>(eight.prefill({&request, 1}, 0, 10).count()), 8);
}

TEST(ComputeModelTest, PrefillChunksAddUpToTheWholeAndCachedTokensTakeNoTime) {
  Pipeline pipeline{.model = kCompute.model, .granularity = Granularity::prefill_chunk};
  pipeline.prefill_chunk = 4096;
  for (const auto& [cached, resident] :
       {std::pair<std::uint64_t, std::uint64_t>{0, 0}, {5000, 0}, {5000, 3000}, {0, 3000}}) {
    const Job job{
        .requests = {
            {.prompt_tokens = 20'000, .cached_tokens = cached, .resident_tokens = resident}}};
    const std::uint32_t groups = pipeline.groups(job.kv_tokens());
    EXPECT_EQ(groups, (20'000 - resident + 4095) / 4096);
    Time sum{0};
    for (std::uint32_t group = 0; group < groups; ++group) {
      const Time time = prefill_of_group(kCompute, pipeline, job, group);
      EXPECT_EQ(time == Time{0}, cached >= resident + (group + 1) * 4096) << group;
      sum += time;
    }
    EXPECT_NEAR(static_cast<double>(sum.count()),
                static_cast<double>(kCompute.prefill(job.requests, 0, 10).count()), groups);
  }
}

TEST(ComputeModelTest, ADecodeStepReadsWeightsAndKv) {
  // 2e9 bytes of weights, and 1000 tokens * 10 layers * 2 * 200 elements * 2 bytes of KV.
  EXPECT_NEAR(static_cast<double>(kCompute.decode_step(kContext).count()), (2e9 + 8e6) / 1e12 * 1e9,
              1);
  ComputeModel fp8 = kCompute;
  fp8.kv_type = ElementType::fp8_e5m2;  // half the KV, the same weights
  EXPECT_NEAR(static_cast<double>(fp8.decode_step(kContext).count()), (2e9 + 4e6) / 1e12 * 1e9, 1);
}

TEST(ComputeModelTest, AttentionEndsAtTheWindowAndIsNoneOfWhatKeepsNoTokens) {
  ComputeModel mixed = kCompute;
  mixed.model.kinds.assign(10, {.keeps = LayerKind::Keeps::state, .state_bytes = 1000});
  mixed.model.kinds[3] = {.window = 100};
  mixed.model.kinds[4] = {};
  mixed.model.kinds[5] = {.keeps = LayerKind::Keeps::shared};
  const JobRequest request{.prompt_tokens = 10'000};
  const auto flops = [&](std::uint32_t layer) {
    return static_cast<double>(mixed.prefill({&request, 1}, layer, 1).count()) * 1e5 - 2e12;
  };
  EXPECT_NEAR(flops(0), 0, 1e5);
  EXPECT_NEAR(flops(4), 2e11, 1e5);
  EXPECT_NEAR(flops(5), 2e11, 1e5);
  // 100 tokens see those before them, the others 100: half of 100^2, and 9900 * 100.
  EXPECT_NEAR(flops(3), 4.0 * (5000 + 990'000) * 1000, 1e5);
  const JobRequest cached{.prompt_tokens = 10'000, .cached_tokens = 9000};
  EXPECT_NEAR(static_cast<double>(mixed.prefill({&cached, 1}, 3, 1).count()) * 1e5 - 2e11,
              4.0 * 1000 * 100 * 1000, 1e5);
}

TEST(ComputeModelTest, ADecodeStepReadsWhatIsKept) {
  ComputeModel mixed = kCompute;
  mixed.model.kinds.assign(10, {});
  mixed.model.kinds[0] = {.window = 100};
  mixed.model.kinds[1] = {.keeps = LayerKind::Keeps::state, .state_bytes = 1000};
  // Two requests of 1000 tokens: eight layers of them, 100 tokens of one, and a state.
  EXPECT_NEAR(mixed.decode_step_seconds(2, 2000) * 1e12,
              2e9 + 2 * (8 * 1000 * 800 + 100 * 800 + 1000), 1);
}

}  // namespace
}  // namespace splitbench
