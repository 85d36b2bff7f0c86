#include "workers/device/codec_probe.hpp"

#include <gtest/gtest.h>

#include "codec/baselines/baseline.hpp"
#include "workers/codebooks/codebook_keeper.hpp"

namespace splitbench {
namespace {

TEST(MedianCostTest, IsThatOfTheByteInTheMiddleNotOfTheChunkInTheMiddle) {
  const ChunkCost large{.nanoseconds = 400, .bytes = 4000}, small{.nanoseconds = 50, .bytes = 100};
  EXPECT_DOUBLE_EQ(median_cost({large, small, small, small}), 0.1);
  EXPECT_DOUBLE_EQ(median_cost({small}), 0.5);
  EXPECT_EQ(median_cost({}), 0);
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
    backend_ = make_cpu_backend(
        {.pipeline = pipeline_, .source = *source_, .kv_bytes = kKvBytes, .arms = arms_});
  }

  CodecProbe probe() {
    return {GetParam(),
            *backend_,
            keeper_spec({}, pipeline_, *source_, {}),
            pipeline_,
            pipeline_.tokens_within(kKvBytes),
            backend_->slot(0),
            std::chrono::milliseconds(100)};
  }

  static constexpr std::uint64_t kKvBytes = 32 << 20;
  Pipeline pipeline_;
  std::vector<Arm> arms_;
  std::optional<KvSource> source_;
  std::unique_ptr<Backend> backend_;
};

TEST_P(CodecProbeTest, SpeedsAreThoseOfEachStage) {
  const WorkerSpeeds found = probe().speeds();
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
  for (const Arm arm : arms_) {
    const double cost = all.cost(arm);
    EXPECT_GT(cost, 1e-3) << name_of(arm);  // nanoseconds per byte
    EXPECT_LT(cost, 1e3) << name_of(arm);
  }
}

INSTANTIATE_TEST_SUITE_P(Ends, CodecProbeTest, testing::Bool(),
                         [](const auto& end) { return end.param ? "Prefill" : "Decode"; });

}  // namespace
}  // namespace splitbench
