#include "codec/cuda/cuda_codec.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <vector>

#include "codec/codec.hpp"
#include "codec/cuda/device.hpp"
#include "codec/unavailable.hpp"

namespace splitbench {
namespace {

/// What batches, pinned memory and streams add to what CodecTest claims of both backends.
class CudaCodecTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  }

  static std::vector<std::uint16_t> elements(std::size_t n, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<std::uint16_t> elements(n);
    for (std::uint16_t& element : elements) {
      const bool escapes = random() % 200 == 0;
      element = static_cast<std::uint16_t>(escapes ? random() : 0x3c00 | (random() & 0x83ff));
    }
    return elements;
  }
};

/// 300 tensors of all sizes, some of which do not shrink, in one call from and to pinned memory.
TEST_F(CudaCodecTest, ABatchIsTheSameAsItsTasksOneByOne) {
  constexpr std::size_t kTasks = 300;
  std::vector<std::vector<std::uint16_t>> inputs;
  std::vector<std::vector<std::byte>> frames;
  std::vector<EncodedFrame> expected;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < kTasks; ++i) {
    inputs.push_back(elements(i * i * 7 % 40'000, i));
    if (i % 10 == 3) std::fill(inputs[i].begin(), inputs[i].end(), std::uint16_t{0});
    total += inputs[i].size();
  }
  const Codebook codebook = calibrate(exponent_histogram(inputs[299]));
  for (const auto& input : inputs) {
    frames.emplace_back(max_frame_bytes(input.size()));
    expected.push_back(encode(input, codebook, FrameKind::splitzip, frames.back()));
    frames.back().resize(expected.back().frame_bytes);
  }

  CudaCodec codec({.tasks = kTasks, .elements = total});
  const Stream stream;
  const PinnedBuffer results(kTasks * sizeof(EncodedFrame));
  std::vector<PinnedBuffer> raw, packed, decoded;
  std::vector<EncodeTask> encode_tasks;
  std::vector<DecodeTask> decode_tasks;
  for (std::size_t i = 0; i < kTasks; ++i) {
    const std::uint64_t n = inputs[i].size();
    raw.emplace_back(2 * n);
    std::copy(inputs[i].begin(), inputs[i].end(), raw[i].as<std::uint16_t>());
    packed.emplace_back(max_frame_bytes(n));
    decoded.emplace_back(2 * n);
    encode_tasks.push_back({.input = raw[i].as<std::uint16_t>(),
                            .elements = n,
                            .codebook = codebook,
                            .wanted = FrameKind::splitzip,
                            .output = packed[i].data(),
                            .output_capacity = packed[i].size()});
    decode_tasks.push_back({.frame = packed[i].data(),
                            .frame_bytes = expected[i].frame_bytes,
                            .output = decoded[i].as<std::uint16_t>(),
                            .elements = n});
  }
  codec.encode(encode_tasks, results.as<EncodedFrame>(), stream.get());
  synchronize(stream.get());
  for (std::size_t i = 0; i < kTasks; ++i) {
    EXPECT_EQ(results.as<EncodedFrame>()[i], expected[i]) << i;
    EXPECT_TRUE(std::ranges::equal(packed[i].bytes().first(frames[i].size()), frames[i])) << i;
  }

  packed[17].data()[kHeaderBytes] ^= std::byte{1};
  codec.decode(decode_tasks, results.as<DecodeStatus>(), stream.get());
  synchronize(stream.get());
  for (std::size_t i = 0; i < kTasks; ++i) {
    const DecodeStatus& status = results.as<DecodeStatus>()[i];
    EXPECT_EQ(status.ok(), i != 17) << i;
    if (!status.ok()) continue;
    EXPECT_EQ(status.digest, expected[i].digest) << i;
    EXPECT_TRUE(std::ranges::equal(decoded[i].bytes(), raw[i].bytes())) << i;
  }
}

TEST_F(CudaCodecTest, RefusesTasksThatBreakTheContract) {
  CudaCodec codec({.tasks = 1, .elements = 1000});
  const Stream stream;
  const PinnedBuffer memory(8192);
  auto* const input = memory.as<std::uint16_t>();
  std::byte* const output = memory.data() + 4096;
  const EncodeTask good{.input = input,
                        .elements = 1000,
                        .codebook = {},
                        .wanted = FrameKind::stored,
                        .output = output,
                        .output_capacity = 4096};
  const auto encodes = [&](std::vector<EncodeTask> tasks) {
    codec.encode(tasks, memory.as<EncodedFrame>(), stream.get());
  };
  EXPECT_NO_THROW(encodes({}));
  EncodeTask bad = good;
  bad.output_capacity = 2000;
  EXPECT_THROW(encodes({bad}), std::invalid_argument);
  bad = good;
  bad.input += 1;
  EXPECT_THROW(encodes({bad}), std::invalid_argument);
  bad = good;
  bad.wanted = FrameKind::splitzip;
  EXPECT_THROW(encodes({bad}), std::invalid_argument);
  EXPECT_THROW(encodes({good, good}), std::invalid_argument);
  bad = good;
  bad.elements = 1001;
  EXPECT_THROW(encodes({bad}), std::invalid_argument);
}

TEST(CudaTest, SaysWhatIsMissingWithoutADevice) {
  if (cuda_available()) GTEST_SKIP() << "a CUDA device";
  EXPECT_ANY_THROW(DeviceBuffer(1024));
}

}  // namespace
}  // namespace splitbench
