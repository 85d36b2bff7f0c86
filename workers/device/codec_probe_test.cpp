#include "workers/device/codec_probe.hpp"

#include <gtest/gtest.h>

#include "codec/baselines/baseline.hpp"
#include "workers/codebooks/codebook_keeper.hpp"

namespace splitbench {
namespace {

TEST(MedianCostTest, IsThatOfTheByteInTheMiddleNotOfTheChunkInTheMiddle) {
  const ChunkCost large{.nanoseconds = 400, .bytes = 4000}, small{.nanoseconds = 50, .bytes = 100};
  EXPECT_DOUBLE_EQ(median_cost({large, small, small, small}).cost, 0.1);
  EXPECT_DOUBLE_EQ(median_cost({small}).cost, 0.5);
  EXPECT_EQ(median_cost({}).cost, 0);
}

/// A minimal worker on the CPU, with every codec that works there.
class CodecProbeTest : public testing::TestWithParam<bool> {
 protected:
  CodecProbeTest() {
    pipeline_.model = {.layers = 4, .kv_heads = 8, .head_dim = 128};
    pipeline_.staging = 4 << 20;
    for (const Codec& codec : kOwnCodecs) arms_.emplace_back(codec);
    for (const Baseline& baseline : installed_baselines())
      if (baseline.on_cpu) arms_.push_back(find_arm(baseline.name).value());
    source_.emplace(KvSource::load({}, pipeline_.model, ElementType::bf16, 1));
    backend_ = make_cpu_backend({.pipeline = pipeline_,
                                 .source = *source_,
                                 .kv_bytes = kKvBytes,
                                 .slots = kSlots,
                                 .arms = arms_});
  }

  CodecProbe probe() {
    return {GetParam(),
            *backend_,
            keeper_spec({}, pipeline_, *source_, {}),
            pipeline_,
            [this](std::uint32_t slot) { return backend_->slot(slot); },
            kSlots};
  }

  std::uint64_t tokens() const { return pipeline_.tokens_within(kKvBytes); }

  static constexpr std::uint64_t kKvBytes = 32 << 20;
  static constexpr std::uint32_t kSlots = 3;
  Pipeline pipeline_;
  std::vector<Arm> arms_;
  std::optional<KvSource> source_;
  std::unique_ptr<Backend> backend_;
};

TEST_P(CodecProbeTest, SpeedsAreThoseOfEachStage) {
  const WorkerSpeeds found = probe().speeds(tokens());
  for (const StageSpeed& stage :
       {found.copy, found.codecs.at("splitzip"), found.codecs.at("ranked")}) {
    EXPECT_GT(stage.rate, 1e6);
    EXPECT_LT(stage.rate, 1e15);
    EXPECT_GE(stage.call, 0);
  }
  EXPECT_EQ(found.codecs.size(), kOwnCodecs.size());
}

TEST_P(CodecProbeTest, EveryCodecOfTheRunHasACost) {
  CodecProbe all = probe();
  using namespace std::chrono_literals;
  const std::vector<JobPace> paces = {{.tokens = {tokens()}, .begins = {0ms, 0ms, 1ms, 1ms, 3ms}},
                                      {.tokens = {100}, .begins = {5ms}}};
  for (const Arm arm : arms_) {
    const MedianCost median = all.cost(arm, paces);
    EXPECT_GT(median.cost, 1e-3) << name_of(arm, {});  // nanoseconds per byte
    EXPECT_LT(median.cost, 1e3) << name_of(arm, {});
    EXPECT_GE(median.error, 0) << name_of(arm, {});
  }
}

TEST_P(CodecProbeTest, KeepsThePaceOfTheRun) {
  using namespace std::chrono_literals;
  const std::vector<JobPace> paces = {{.tokens = {100}, .begins = {0ms, 40ms}},
                                      {.tokens = {100}, .begins = {80ms}}};
  const auto begin = std::chrono::steady_clock::now();
  probe().cost(find_arm("splitzip").value(), paces);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 80ms);
}

INSTANTIATE_TEST_SUITE_P(Ends, CodecProbeTest, testing::Bool(),
                         [](const auto& end) { return end.param ? "Prefill" : "Decode"; });

}  // namespace
}  // namespace splitbench
