#include "codec/cuda/cuda_codec.hpp"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <vector>

#include "codec/codec.hpp"
#include "codec/testing/on_device.hpp"

namespace splitbench {
namespace {

/// Claims about batches, pinned memory and streams, beside those of CodecTest about both backends.
class CudaCodecTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  }
};

/// Encodes 300 tensors of all sizes, some of which do not shrink, in one call from and to pinned
/// memory. If ranked frames are usual, some tasks want another kind.
TEST_F(CudaCodecTest, ABatchIsTheSameAsItsTasksOneByOne) {
  constexpr std::size_t kTasks = 300;
  for (const auto [type, usual] : kCodedTypes) {
    std::vector<FrameKind> kinds(kTasks, usual);
    for (std::size_t i = 0; i < kTasks && usual == FrameKind::ranked; i += 7)
      kinds[i] = i % 2 == 0 ? FrameKind::splitzip : FrameKind::stored;
    std::vector<Bytes> inputs, frames;
    std::vector<EncodedFrame> expected;
    std::vector<Codebook> codebooks;
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < kTasks; ++i) {
      inputs.push_back(like_a_cache(type, i * i * 7 % 40'000, i));
      if (i % 10 == 3) std::ranges::fill(inputs[i], std::byte{0});
      codebooks.push_back(i % 3 == 0 ? for_kind(kinds[i], window(type))
                                     : fitting(type, inputs[i], kinds[i]));
      total += inputs[i].size() / element_bytes(type);
      frames.emplace_back(max_frame_bytes(type, inputs[i].size() / element_bytes(type)));
      expected.push_back(encode(inputs[i], codebooks[i], kinds[i], frames[i]));
      frames[i].resize(expected[i].frame_bytes);
    }

    CudaCodec codec({.tasks = kTasks, .elements = total});
    const Stream stream;
    const PinnedBuffer results(kTasks * sizeof(EncodedFrame));
    std::vector<PinnedBuffer> raw, packed, decoded;
    std::vector<EncodeTask> encode_tasks;
    std::vector<DecodeTask> decode_tasks;
    for (std::size_t i = 0; i < kTasks; ++i) {
      const std::uint64_t n = inputs[i].size() / element_bytes(type);
      raw.emplace_back(inputs[i].size());
      std::ranges::copy(inputs[i], raw[i].data());
      packed.emplace_back(max_frame_bytes(type, n));
      decoded.emplace_back(inputs[i].size());
      encode_tasks.push_back({.input = {.elements = n, .data = raw[i].data()},
                              .codebook = codebooks[i],
                              .wanted = kinds[i],
                              .output = packed[i].data(),
                              .output_capacity = packed[i].size()});
      decode_tasks.push_back({.frame = packed[i].data(),
                              .frame_bytes = expected[i].frame_bytes,
                              .output = {.elements = n, .data = decoded[i].data()},
                              .element_type = type});
    }
    for (const bool planned : {false, true}) {
      if (planned) {  // the second call begins while the first still finishes
        const EncodePlan plan = codec.plan(encode_tasks, results.as<EncodedFrame>());
        codec.encode(plan, stream.get());
        codec.encode(plan, stream.get());
        synchronize(stream.get());
      } else {
        codec.encode(encode_tasks, results.as<EncodedFrame>(), stream.get());
      }
      synchronize(stream.get());
      for (std::size_t i = 0; i < kTasks; ++i) {
        EXPECT_EQ(results.as<EncodedFrame>()[i], expected[i]) << i;
        EXPECT_TRUE(std::ranges::equal(packed[i].bytes().first(frames[i].size()), frames[i])) << i;
      }

      packed[17].data()[kHeaderBytes] ^= std::byte{1};
      if (planned) {
        const DecodePlan plan = codec.plan(decode_tasks, results.as<DecodeStatus>());
        codec.decode(plan, stream.get());
        synchronize(stream.get());
      } else {
        codec.decode(decode_tasks, results.as<DecodeStatus>(), stream.get());
      }
      synchronize(stream.get());
      for (std::size_t i = 0; i < kTasks; ++i) {
        const DecodeStatus& status = results.as<DecodeStatus>()[i];
        EXPECT_EQ(status.ok(), i != 17) << i;
        if (!status.ok()) continue;
        EXPECT_EQ(status.digest, expected[i].digest) << i;
        EXPECT_TRUE(std::ranges::equal(decoded[i].bytes(), raw[i].bytes())) << i;
      }
    }
  }
}

TEST_F(CudaCodecTest, RefusesAFrameOfAKindThatNobodyNamed) {
  for (const auto [type, kind] : kCodedTypes) {
    for (const FrameKind named : {FrameKind::stored, FrameKind::splitzip, FrameKind::ranked}) {
      OnDevice tensor({type, kind}, like_a_cache(type, 50'001));
      const bool coded =
          named == kind || (named == FrameKind::stored && kind == FrameKind::splitzip);
      EncodeTask task = tensor.encode_task();
      DecodeTask back = tensor.decode_task(tensor.encode(task).frame_bytes);
      back.kind = named;
      EXPECT_EQ(tensor.decode(back).fault, coded ? FrameFault::none : FrameFault::kind);

      task.wanted = FrameKind::stored;
      back.frame_bytes = tensor.encode(task).frame_bytes;
      EXPECT_TRUE(tensor.decode(back).ok());
      EXPECT_TRUE(tensor.read(tensor.output().data(), tensor.raw().size()) == tensor.raw());
    }
  }
}

TEST_F(CudaCodecTest, RefusesTasksThatBreakTheContract) {
  CudaCodec codec({.tasks = 2, .elements = 1000});
  const Stream stream;
  const PinnedBuffer memory(8192);
  const EncodeTask good{.input = {.elements = 1000, .data = memory.data()},
                        .codebook = {},
                        .wanted = FrameKind::stored,
                        .output = memory.data() + 4096,
                        .output_capacity = 4096};
  const auto encodes = [&](std::vector<EncodeTask> tasks) {
    codec.encode(tasks, memory.as<EncodedFrame>(), stream.get());
  };
  const auto refuses = [&](const std::function<void(EncodeTask&)>& damage) {
    EncodeTask bad = good;
    damage(bad);
    EXPECT_THROW(encodes({bad}), std::invalid_argument);
  };
  EXPECT_NO_THROW(encodes({}));
  refuses([](EncodeTask& task) { task.output_capacity = 2000; });
  refuses([](EncodeTask& task) { task.input.data += 2; });
  refuses([](EncodeTask& task) { task.wanted = FrameKind::splitzip; });
  refuses([](EncodeTask& task) { task.wanted = FrameKind::ranked; });
  refuses([](EncodeTask& task) { task.wanted = FrameKind{3}; });
  refuses([](EncodeTask& task) { task.input.elements = 1001; });
  refuses([](EncodeTask& task) { task.codebook.element_type = ElementType{7}; });
  refuses([&](EncodeTask& task) {
    task.input.data = nullptr;
    task.input.pages = memory.as<const std::byte*>();
    task.input.page_bytes = 24;
  });
  EncodeTask other = good;
  other.codebook.element_type = ElementType::fp8_e5m2;
  other.input.elements = 0;
  EXPECT_THROW(encodes({good, other}), std::invalid_argument);
  EXPECT_THROW(encodes({good, good}), std::invalid_argument);
  synchronize(stream.get());
}

TEST(CudaTest, SaysWhatIsMissingWithoutADevice) {
  if (cuda_available()) GTEST_SKIP() << "a CUDA device";
  EXPECT_ANY_THROW(DeviceBuffer(1024));
}

}  // namespace
}  // namespace splitbench
