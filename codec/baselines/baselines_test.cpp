#include <algorithm>
#include <gtest/gtest.h>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "codec/baselines/baseline.hpp"
#include "codec/baselines/chunk_coder.hpp"
#include "codec/cuda/device.hpp"
#include "codec/testing/missing_baseline.hpp"
#include "codec/testing/sample_tensors.hpp"

namespace splitbench {
namespace {

using Bytes = std::vector<std::byte>;

/// The outcome of one batch of tensors.
struct Outcome {
  std::vector<Bytes> back;
  std::uint64_t compressed_bytes = 0;
};

/// Compresses and decompresses the batch; returns the compressed bytes.
std::uint64_t there_and_back(BaselineBatch& batch) {
  batch.compress();
  batch.finish();
  const std::uint64_t bytes = batch.compressed_bytes();
  batch.decompress();
  batch.finish();
  return bytes;
}

Outcome on_cpu(const Baseline& baseline, const std::vector<Bytes>& tensors,
               BaselineOptions options) {
  Outcome outcome;
  std::vector<BaselineTensor> tasks;
  for (const Bytes& raw : tensors) outcome.back.emplace_back(raw.size());
  for (std::size_t i = 0; i < tensors.size(); ++i)
    tasks.push_back({.raw = tensors[i], .back = outcome.back[i]});
  const std::unique_ptr<BaselineBatch> batch = baseline.batch(tasks, options);
  outcome.compressed_bytes = there_and_back(*batch);
  return outcome;
}

Outcome on_cuda(const Baseline& baseline, const std::vector<Bytes>& tensors,
                BaselineOptions options) {
  const Stream stream;
  options.stream = stream.get();
  std::vector<DeviceBuffer> memory;
  std::vector<BaselineTensor> tasks;
  for (const Bytes& raw : tensors) {
    const DeviceBuffer& in = memory.emplace_back(raw.size());
    copy_async(in.data(), raw.data(), raw.size(), stream.get());
    synchronize(stream.get());
    const std::span<const std::byte> input(in.data(), in.size());
    const DeviceBuffer& out = memory.emplace_back(raw.size());
    tasks.push_back({.raw = input, .back = {out.data(), out.size()}});
  }
  Outcome outcome;
  const std::unique_ptr<BaselineBatch> batch = baseline.batch(tasks, options);
  outcome.compressed_bytes = there_and_back(*batch);
  for (const BaselineTensor& task : tasks) {
    Bytes& back = outcome.back.emplace_back(task.back.size());
    copy_async(back.data(), task.back.data(), back.size(), stream.get());
    synchronize(stream.get());
  }
  return outcome;
}

class BaselineTest : public testing::TestWithParam<Codec> {
 protected:
  void SetUp() override {
    baseline_ = find_baseline(GetParam().name);
    if (baseline_ == nullptr) GTEST_SKIP() << why_missing(GetParam());
    if (baseline_->on_cuda && !cuda_available()) GTEST_SKIP() << "no CUDA device";
  }

  Outcome run(const std::vector<Bytes>& tensors, ElementType type, std::uint64_t chunk_bytes,
              unsigned threads = 1) {
    const BaselineOptions options{
        .type = type, .chunk_bytes = chunk_bytes, .threads = threads, .stream = nullptr};
    return baseline_->on_cpu ? on_cpu(*baseline_, tensors, options)
                             : on_cuda(*baseline_, tensors, options);
  }

  const Baseline* baseline_ = nullptr;
};

INSTANTIATE_TEST_SUITE_P(Baselines, BaselineTest, testing::ValuesIn(kBaselines),
                         [](const auto& test) {
                           std::string name(test.param.name);
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST_P(BaselineTest, GivesBackEveryBitPatternOfEveryTypeThatItTakes) {
  for (const ElementType type : kElementTypes) {
    if (!baseline_->takes(type)) continue;
    const Bytes raw = all_patterns(type);
    EXPECT_TRUE(run({raw}, type, baseline_->chunk_bytes).back[0] == raw) << name(type);
  }
}

TEST_P(BaselineTest, GivesBackTensorsOfAnyLengthAndChunksOfAnySize) {
  std::vector<Bytes> tensors;
  for (const std::size_t elements : {8, 4096, 50'000, 65'544})
    tensors.push_back(like_a_cache(ElementType::bf16, elements, elements));
  for (const std::uint64_t chunk_bytes : {4 << 10, 64 << 10}) {
    EXPECT_TRUE(run(tensors, ElementType::bf16, chunk_bytes).back == tensors);
    EXPECT_TRUE(run(tensors, ElementType::bf16, chunk_bytes, 3).back == tensors);
  }
}

TEST_P(BaselineTest, CountsAllBytesThatTheOtherSideNeeds) {
  const std::size_t elements = 1 << 20;
  const Bytes cache = like_a_cache(ElementType::bf16, elements);
  const std::uint64_t bytes =
      run({cache}, ElementType::bf16, baseline_->chunk_bytes).compressed_bytes;
  EXPECT_GT(bytes, elements);  // signs and mantissas do not shrink
  EXPECT_LT(bytes, cache.size() + cache.size() / 50);
}

TEST_P(BaselineTest, ThreadsDoNotChangeWhatComesOut) {
  const Bytes cache = like_a_cache(ElementType::bf16, 1 << 20);
  EXPECT_EQ(run({cache}, ElementType::bf16, 64 << 10, 1).compressed_bytes,
            run({cache}, ElementType::bf16, 64 << 10, 4).compressed_bytes);
}

TEST(BaselinesTest, AreKnownToEveryBuildAsTheyAre) {
  for (const Baseline& baseline : installed_baselines()) {
    const auto known = std::ranges::find(kBaselines, baseline.name, &Codec::name);
    ASSERT_NE(known, kBaselines.end()) << baseline.name;
    EXPECT_EQ(known->on_cpu, baseline.on_cpu) << baseline.name;
    EXPECT_EQ(known->on_cuda, baseline.on_cuda) << baseline.name;
    EXPECT_EQ(known->planes, baseline.planes) << baseline.name;
    EXPECT_EQ(baseline.coder != nullptr, baseline.on_cpu) << baseline.name;
    EXPECT_EQ(baseline.writer != nullptr && baseline.reader != nullptr, baseline.on_cuda)
        << baseline.name;
  }
}

TEST(BaselinesTest, AreAllInstalledOfALibraryThatIs) {
  std::set<std::string_view> names;
  for (const Codec& baseline : kBaselines) {
    EXPECT_TRUE(names.insert(baseline.name).second) << baseline.name;
    const BaselineLibrary& library = library_of(baseline.name);
    EXPECT_TRUE(baseline.name.starts_with(library.name)) << baseline.name;
    EXPECT_EQ(find_baseline(baseline.name) != nullptr, library.installed) << baseline.name;
  }
}

TEST(PlanesTest, JoinToWhatWasSplit) {
  const Bytes raw = all_patterns(ElementType::bf16);
  Bytes exponents(raw.size() / 2), rest(raw.size() / 2), back(raw.size());
  split_planes(raw, exponents, rest);
  join_planes(exponents, rest, back);
  EXPECT_TRUE(back == raw);
  EXPECT_EQ(exponents[0x3f80], std::byte{127});
}

}  // namespace
}  // namespace splitbench
