#include <algorithm>
#include <gtest/gtest.h>
#include <utility>
#include <vector>

#include "codec/testing/on_device.hpp"

namespace splitbench {
namespace {

/// Claims about one tensor, however it lies in memory and however it is launched.
class CudaTensorTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  }
};

TEST_F(CudaTensorTest, PagesInAnyOrderAreTheSameAsOnePiece) {
  for (const CodedType coded : kCodedTypes) {
    for (const std::uint64_t page_bytes : {16, 4096, 5040, 1 << 20}) {
      OnDevice tensor(coded, like_a_cache(coded.type, 300'007));
      const std::size_t bytes = tensor.raw().size();
      const std::size_t pages = (bytes + page_bytes - 1) / page_bytes;
      const DeviceBuffer pool(2 * pages * page_bytes);
      PinnedBuffer in(pages * sizeof(std::byte*)), out(pages * sizeof(std::byte*));
      for (std::size_t i = 0; i < pages; ++i) {
        const std::size_t place = pages - 1 - i;  // 4 KiB pages of a cache lie anywhere
        in.as<std::byte*>()[i] = pool.data() + place * page_bytes;
        out.as<std::byte*>()[i] = pool.data() + (pages + place) * page_bytes;
        const std::size_t size = std::min<std::size_t>(page_bytes, bytes - i * page_bytes);
        copy_async(in.as<std::byte*>()[i], tensor.raw().data() + i * page_bytes, size,
                   tensor.stream());
      }
      EncodeTask task = tensor.encode_task();
      task.input = {.elements = task.input.elements,
                    .pages = in.as<const std::byte*>(),
                    .page_bytes = page_bytes};
      const EncodedFrame encoded = tensor.encode(task);
      EXPECT_TRUE(tensor.read(tensor.frame().data(), encoded.frame_bytes) == tensor.expected());

      DecodeTask back = tensor.decode_task(encoded.frame_bytes);
      back.output = {.elements = back.output.elements,
                     .pages = out.as<std::byte*>(),
                     .page_bytes = page_bytes};
      EXPECT_TRUE(tensor.decode(back).ok());
      Bytes decoded;
      for (std::size_t i = 0; i < pages; ++i) {
        const Bytes page = tensor.read(out.as<std::byte*>()[i],
                                       std::min<std::size_t>(page_bytes, bytes - i * page_bytes));
        decoded.insert(decoded.end(), page.begin(), page.end());
      }
      EXPECT_TRUE(decoded == tensor.raw()) << page_bytes;
    }
  }
}

TEST_F(CudaTensorTest, AGraphRepeatsACallOnNewElements) {
  for (const auto [type, kind] : kCodedTypes) {
    OnDevice tensor({type, kind}, like_a_cache(type, 500'000));
    const EncodeTask task = tensor.encode_task();
    Graph graph(tensor.stream(), [&] {
      tensor.codec().encode({&task, 1}, tensor.encoded(), tensor.stream());
    });
    for (const std::uint64_t seed : {1, 2, 3}) {
      const Bytes raw = like_a_cache(type, 500'000, seed);
      copy_async(tensor.input().data(), raw.data(), raw.size(), tensor.stream());
      graph.launch(tensor.stream());
      synchronize(tensor.stream());
      Bytes frame(max_frame_bytes(type, 500'000));
      frame.resize(encode(raw, task.codebook, kind, frame).frame_bytes);
      EXPECT_EQ(tensor.encoded()->frame_bytes, frame.size());
      EXPECT_TRUE(tensor.read(tensor.frame().data(), frame.size()) == frame) << seed;
    }
  }
}

TEST_F(CudaTensorTest, AnyNumberOfBlocksWritesTheSameFrame) {
  for (const auto [type, kind] : kCodedTypes) {
    OnDevice tensor({type, kind}, like_a_cache(type, 3'000'001));
    const Bytes expected = tensor.expected();
    for (const std::uint32_t blocks : {1, 2, 7, 100, 100'000}) {
      const EncodedFrame encoded = tensor.encode(tensor.encode_task(), {.max_blocks = blocks});
      EXPECT_TRUE(tensor.read(tensor.frame().data(), encoded.frame_bytes) == expected) << blocks;
      EXPECT_TRUE(
          tensor.decode(tensor.decode_task(encoded.frame_bytes), {.max_blocks = blocks}).ok());
      EXPECT_TRUE(tensor.read(tensor.output().data(), tensor.raw().size()) == tensor.raw());
    }
  }
}

/// Returns elements whose frame is ranked, though its blocks have streams of any length.
Bytes of_every_stream_length(ElementType type) {
  Bytes raw = like_a_cache(type, 1'000'003);
  const std::size_t bytes = element_bytes(type), step = bytes == 2 ? 3 : 12;
  const std::byte rare = bytes == 2 ? std::byte{0x12} : std::byte{0x7f};
  for (std::size_t block = 0; block < 488; block += step) {
    for (std::size_t i = 0; i < 9 * block / 2 && i < 2048; ++i)
      raw[bytes * (2048 * block + i * 5 % 2048) + bytes - 1] = rare;
  }
  return raw;
}

TEST_F(CudaTensorTest, StreamsOfAnyLengthAreTheSameAsTheCpus) {
  for (const ElementType type : kElementTypes) {
    OnDevice tensor({type, FrameKind::ranked}, of_every_stream_length(type));
    EncodeTask task = tensor.encode_task();
    const Codebook scattered_codebook = for_kind(FrameKind::ranked, scattered(type));
    for (const Codebook& codebook :
         {for_kind(FrameKind::ranked, window(type)), task.codebook, scattered_codebook}) {
      task.codebook = codebook;
      Bytes expected(tensor.frame().size());
      const EncodedFrame cpu = encode(tensor.raw(), codebook, FrameKind::ranked, expected);
      expected.resize(cpu.frame_bytes);
      EXPECT_EQ(cpu.kind == FrameKind::ranked, codebook != scattered_codebook);
      for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(tensor.encode(task), cpu);
        EXPECT_TRUE(tensor.read(tensor.frame().data(), expected.size()) == expected);
      }
      EXPECT_TRUE(tensor.decode(tensor.decode_task(expected.size())).ok());
      EXPECT_TRUE(tensor.read(tensor.output().data(), tensor.raw().size()) == tensor.raw());
    }
  }
}

/// Encodes and decodes more elements than 32 bits can count, with FP8 in 17 GB of device memory.
TEST_F(CudaTensorTest, MoreThanFourThousandMillionElementsComeBack) {
  constexpr std::uint64_t kElements = (std::uint64_t{1} << 32) + 12'345;
  constexpr ElementType kType = ElementType::fp8_e5m2;
  if (cuda_free_bytes() < 4 * kElements) GTEST_SKIP() << "too little device memory";
  const Bytes piece = like_a_cache(kType, 1 << 20);
  const Stream stream;
  const DeviceBuffer input(kElements), frame(max_frame_bytes(kType, kElements)), output(kElements);
  const PinnedBuffer result(64);
  for (std::uint64_t at = 0; at < kElements; at += piece.size()) {
    copy_async(input.data() + at, piece.data(),
               std::min<std::uint64_t>(piece.size(), kElements - at), stream.get());
  }
  CudaCodec codec({.tasks = 1, .elements = kElements});
  for (const FrameKind kind : {FrameKind::splitzip, FrameKind::ranked}) {
    const EncodeTask task{.input = {.elements = kElements, .data = input.data()},
                          .codebook = fitting(kType, piece, kind),
                          .wanted = kind,
                          .output = frame.data(),
                          .output_capacity = frame.size()};
    codec.encode({&task, 1}, result.as<EncodedFrame>(), stream.get());
    synchronize(stream.get());
    const EncodedFrame encoded = *result.as<EncodedFrame>();
    EXPECT_EQ(encoded.kind, kind);
    const DecodeTask back{.frame = frame.data(),
                          .frame_bytes = encoded.frame_bytes,
                          .output = {.elements = kElements, .data = output.data()},
                          .element_type = kType};
    codec.decode({&back, 1}, result.as<DecodeStatus>(), stream.get());
    codec.digest({output.data(), kElements}, 0, result.as<std::uint64_t>() + 4, stream.get());
    synchronize(stream.get());
    EXPECT_TRUE(result.as<DecodeStatus>()->ok());
    EXPECT_EQ(result.as<std::uint64_t>()[4], encoded.digest);
  }
}

}  // namespace
}  // namespace splitbench
