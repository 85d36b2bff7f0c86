#include "workers/device/cuda/compute_load.hpp"

#include <algorithm>
#include <chrono>
#include <gtest/gtest.h>
#include <span>
#include <stdexcept>
#include <vector>

#include "codec/cuda/device.hpp"

namespace splitbench {
namespace {

using Seconds = std::chrono::duration<double>;

/// A model of two gigaflops per token, half of it on this device.
ComputeLoad::Spec small_load(std::uint64_t max_tokens) {
  return {.model = {.name = "small",
                    .layers = 8,
                    .hidden = 2048,
                    .attention_heads = 32,
                    .kv_heads = 8,
                    .head_dim = 64,
                    .active_parameters = 1e9,
                    .total_parameters = 1e9},
          .scale = 2,
          .max_tokens = max_tokens};
}

class ComputeLoadTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  }
};

/// Returns the time on the device from the first kernel's start to the last one's end, of the
/// second of two runs.
template <typename Work>
Seconds time_on_device(const Work& work) {
  const Stream stream;
  Event begin, end;
  work(stream.get());
  delay(std::chrono::milliseconds(5), stream.get());
  begin.record(stream.get());
  work(stream.get());
  end.record(stream.get());
  return end.since(begin);
}

TEST_F(ComputeLoadTest, PrefillTakesTimeThatGrowsWithItsFlops) {
  const std::vector<std::uint64_t> prompts{9001, 3000}, short_prompts{500, 250};
  ComputeLoad load(small_load(12'001));
  const auto prefill = [&](const auto& lengths, std::uint32_t layers) {
    return time_on_device([&](void* stream) { load.prefill(lengths, layers, stream); });
  };
  const Seconds whole = prefill(prompts, 8);
  EXPECT_GT(load.flops(prompts, 8), 10 * load.flops(short_prompts, 8));
  EXPECT_GT(whole, 4 * prefill(short_prompts, 8));
  EXPECT_GT(whole, 2 * prefill(prompts, 2));
  EXPECT_LT(load.flops(prompts, 8) / whole.count(), 5e15);  // it was not skipped
}

TEST_F(ComputeLoadTest, ManyHeadsOfOneLatentTensorAreAPrefillToo) {
  ComputeLoad::Spec spec = small_load(3000);
  spec.model.kv_heads = 0;
  spec.model.head_dim = 160;
  spec.model.latent_dim = 576;
  spec.model.active_parameters = spec.model.total_parameters = 1.5e9;
  ComputeLoad load(spec);
  const std::vector<std::uint64_t> prompts{1500, 1499};
  const Seconds taken = time_on_device([&](void* s) { load.prefill(prompts, 2, s); });
  EXPECT_GT(taken, Seconds(0));
}

TEST_F(ComputeLoadTest, RefusesMoreTokensThanItWasMadeFor) {
  const std::vector<std::uint64_t> prompts{64, 65};
  ComputeLoad load(small_load(128));
  const Stream stream;
  EXPECT_THROW(load.prefill(prompts, 1, stream.get()), std::invalid_argument);
}

TEST_F(ComputeLoadTest, ADecodeStepReadsAllWeightsAndKv) {
  constexpr std::uint64_t kGigabyte = 1'000'000'000;
  ComputeLoad load(small_load(128));
  const DeviceBuffer memory(kGigabyte);
  const std::span<const std::byte> bytes(memory.data(), memory.size());
  std::vector<std::span<const std::byte>> whole{bytes}, pieces;
  for (std::size_t at = 0; at < bytes.size(); at += 1'000'003)
    pieces.push_back(bytes.subspan(at, std::min<std::size_t>(1'000'003, bytes.size() - at)));

  const auto step = [&](const auto& kv, std::uint64_t weights) {
    return time_on_device([&](void* s) { load.decode_step(kv, weights, s); });
  };
  for (const Seconds& gigabyte : {step(whole, 0), step(pieces, 0), step(pieces, 17)})
    EXPECT_LT(kGigabyte / gigabyte.count(), 50e12);  // no memory is that fast
  EXPECT_GT(step(whole, 7 * kGigabyte), 3 * step(whole, 0));
}

TEST_F(ComputeLoadTest, AStepOfNothingIsNone) {
  ComputeLoad load(small_load(1));
  const Stream stream;
  load.decode_step({}, 0, stream.get());
  load.prefill({}, 1, stream.get());
  synchronize(stream.get());
}

}  // namespace
}  // namespace splitbench
