#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>
#include <string>
#include <tuple>

#include "codec/cuda/device.hpp"
#include "codec/cuda/device_sample.hpp"
#include "codec/exponent_statistics.hpp"
#include "codec/testing/sample_tensors.hpp"

namespace splitbench {
namespace {

using Bytes = std::vector<std::byte>;

std::vector<ExponentHistogram> on_cpu(ElementType type, const std::vector<Bytes>& tensors) {
  std::vector<ExponentHistogram> samples;
  for (const Bytes& tensor : tensors) samples.push_back(sample_exponents(tensor, type));
  return samples;
}

/// Samples all tensors in one call, each buffer exactly as long as its tensor, so that a memory
/// checker sees every access outside.
std::vector<ExponentHistogram> on_device(ElementType type, const std::vector<Bytes>& tensors) {
  const Stream stream;
  const PinnedBuffer results(tensors.size() * sizeof(SampledExponents));
  std::vector<DeviceBuffer> buffers;
  std::vector<SampleTask> tasks;
  for (const Bytes& tensor : tensors) {
    const DeviceBuffer& buffer = buffers.emplace_back(tensor.size());
    copy_async(buffer.data(), tensor.data(), tensor.size(), stream.get());
    tasks.push_back({.data = buffer.data(),
                     .elements = tensor.size() / element_bytes(type),
                     .element_type = type});
  }
  sample_exponents(tasks, results.as<SampledExponents>(), stream.get());
  synchronize(stream.get());
  std::vector<ExponentHistogram> samples;
  for (std::size_t i = 0; i < tensors.size(); ++i)
    samples.push_back(results.as<SampledExponents>()[i].histogram());
  return samples;
}

/// Counts what the header specifies, element by element.
ExponentHistogram reference(ElementType type, const Bytes& tensor) {
  const std::uint64_t n = tensor.size() / element_bytes(type);
  ExponentHistogram histogram{};
  const auto count = [&](std::uint64_t i) {
    unsigned element = std::to_integer<unsigned>(tensor[i * element_bytes(type)]);
    if (type == ElementType::bf16) element |= std::to_integer<unsigned>(tensor[2 * i + 1]) << 8;
    ++histogram[element_format(type).exponent(element)];
  };
  for (std::uint64_t i = 0; n <= kSampleElements && i < n; ++i) count(i);
  for (std::uint64_t i = 0; n > kSampleElements && i < kSampleElements; ++i)
    count(sample_block(n, i / kSampleBlockElements) + i % kSampleBlockElements);
  return histogram;
}

using Sampler = std::vector<ExponentHistogram> (*)(ElementType, const std::vector<Bytes>&);

class ExponentSampleTest : public testing::TestWithParam<std::tuple<std::string, ElementType>> {
 protected:
  void SetUp() override {
    if (std::get<0>(GetParam()) == "Cuda" && !cuda_available()) GTEST_SKIP() << "no CUDA device";
  }

  std::vector<ExponentHistogram> sample(const std::vector<Bytes>& tensors) const {
    const Sampler sampler = std::get<0>(GetParam()) == "Cuda" ? on_device : on_cpu;
    return sampler(type_, tensors);
  }
  ExponentHistogram sample(const Bytes& tensor) const {
    return sample(std::vector<Bytes>{tensor})[0];
  }

  const ElementType type_ = std::get<1>(GetParam());
};
INSTANTIATE_TEST_SUITE_P(, ExponentSampleTest,
                         testing::Combine(testing::Values("Cpu", "Cuda"),
                                          testing::ValuesIn(kElementTypes)),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_" +
                                  std::string(name(std::get<1>(test.param)));
                         });

TEST_P(ExponentSampleTest, CountsTheElementsThatTheHeaderNames) {
  std::vector<Bytes> tensors;
  for (const std::size_t n : {0, 1, 7, 8, 15, 17, 1023, 1024, 4095, 16'383, 16'384, 16'385, 16'400,
                              17'408, 100'003, 3'000'001})
    tensors.push_back(like_a_cache(type_, n, n + 1));
  tensors.push_back(all_patterns(type_));
  const std::vector<ExponentHistogram> samples = sample(tensors);
  for (std::size_t i = 0; i < tensors.size(); ++i)
    EXPECT_EQ(samples[i], reference(type_, tensors[i])) << tensors[i].size() << " bytes";
}

TEST_P(ExponentSampleTest, ATensorThatIsNoLongerThanASampleIsCountedWhole) {
  for (const std::uint64_t n : {std::uint64_t{5}, kSampleElements}) {
    const Bytes tensor = like_a_cache(type_, n);
    EXPECT_EQ(sample(tensor), exponent_histogram(tensor, type_));
  }
  for (const std::uint64_t n : {kSampleElements + 1, std::uint64_t{1'000'000}})
    EXPECT_EQ(elements(sample(like_a_cache(type_, n))), kSampleElements);
}

TEST_P(ExponentSampleTest, ManyTensorsInACallAreTheSameAsOneByOne) {
  std::vector<Bytes> tensors;
  for (std::size_t i = 0; i < 2 * kSamplesPerLaunch + 3; ++i)
    tensors.push_back(like_a_cache(type_, i * 331 % 40'000, i));
  EXPECT_EQ(sample(tensors), on_cpu(type_, tensors));
}

TEST_P(ExponentSampleTest, EscapesAreAsFrequentInTheSampleAsInTheTensor) {
  const Bytes tensor = like_a_cache(type_, 4'000'000);
  const ExponentHistogram sampled = sample(tensor), all = exponent_histogram(tensor, type_);
  for (const Codebook& codebook : {fitting(type_, tensor), window(type_), scattered(type_)})
    EXPECT_NEAR(escape_rate(sampled, codebook), escape_rate(all, codebook), 0.016);
  EXPECT_NEAR(escape_rate(sampled, fitting(type_, tensor)),
              escape_rate(all, fitting(type_, tensor)), 0.002);
}

TEST(SampleBlockTest, BlocksBeginOnSixteensDoNotOverlapAndReachBothEnds) {
  for (const std::uint64_t n : {kSampleElements + 1, std::uint64_t{20'000},
                                std::uint64_t{1'000'003}, std::uint64_t{1} << 34}) {
    EXPECT_EQ(sample_block(n, 0), 0);
    for (std::uint64_t block = 0; block < kSampleBlocks; ++block) {
      EXPECT_EQ(sample_block(n, block) % 16, 0);
      if (block > 0) {
        EXPECT_GE(sample_block(n, block), sample_block(n, block - 1) + kSampleBlockElements);
      }
    }
    const std::uint64_t end = sample_block(n, kSampleBlocks - 1) + kSampleBlockElements;
    EXPECT_LE(end, n);
    EXPECT_GT(end + 16, n);
  }
}

TEST(DeviceSampleTest, RefusesTasksThatBreakTheContract) {
  if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  const Stream stream;
  const PinnedBuffer memory(4096);
  const auto samples = [&](SampleTask task) {
    sample_exponents({&task, 1}, memory.as<SampledExponents>(), stream.get());
  };
  EXPECT_THROW(samples({.data = memory.data() + 8, .elements = 1}), std::invalid_argument);
  EXPECT_THROW(samples({.data = memory.data(), .elements = 1, .element_type = ElementType(9)}),
               std::invalid_argument);
  EXPECT_NO_THROW(samples({.data = memory.data(), .elements = 0}));
  synchronize(stream.get());
}

/// A call allocates nothing and waits for nothing: a graph captures no call that does either.
TEST(DeviceSampleTest, AGraphCapturesACall) {
  if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  const Stream stream;
  const Bytes tensor = like_a_cache(ElementType::bf16, 500'000);
  const DeviceBuffer input(tensor.size());
  const PinnedBuffer result(sizeof(SampledExponents));
  copy_async(input.data(), tensor.data(), tensor.size(), stream.get());
  const SampleTask task{.data = input.data(), .elements = 500'000};
  Graph graph(stream.get(), [&] {
    sample_exponents({&task, 1}, result.as<SampledExponents>(), stream.get());
  });
  graph.launch(stream.get());
  synchronize(stream.get());
  EXPECT_EQ(result.as<SampledExponents>()->histogram(),
            sample_exponents(tensor, ElementType::bf16));
}

}  // namespace
}  // namespace splitbench
