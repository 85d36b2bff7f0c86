#include "codec/cuda/cuda_codec.hpp"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <utility>
#include <vector>

#include "codec/codec.hpp"
#include "codec/cuda/device.hpp"
#include "codec/sample_tensors.hpp"
#include "codec/test_backend.hpp"

namespace splitbench {
namespace {

/// What batches, pinned memory and streams add to what CodecTest claims of both backends.
class CudaCodecTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  }
};

/// What CUDA can code.
struct CodedType {
  ElementType type;
  FrameKind kind;
};
constexpr CodedType kCodedTypes[] = {{ElementType::bf16, FrameKind::splitzip},
                                     {ElementType::fp8_e5m2, FrameKind::splitzip},
                                     {ElementType::fp8_e4m3, FrameKind::splitzip},
                                     {ElementType::bf16, FrameKind::ranked}};

/// 300 tensors of all sizes, some of which do not shrink, in one call from and to pinned memory. Of
/// bf16, some are of the other kind.
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
}

/// A tensor in device memory, and what it is encoded from and to.
class OnDevice {
 public:
  OnDevice(CodedType coded, Bytes raw)
      : type_(coded.type),
        kind_(coded.kind),
        raw_(std::move(raw)),
        elements_(raw_.size() / element_bytes(type_)),
        input_(raw_.size()),
        frame_(max_frame_bytes(type_, elements_)),
        output_(raw_.size()),
        codec_({.tasks = 1, .elements = elements_}) {
    copy_async(input_.data(), raw_.data(), raw_.size(), stream_.get());
    synchronize(stream_.get());
  }

  EncodeTask encode_task() const {
    return {.input = {.elements = elements_, .data = input_.data()},
            .codebook = fitting(type_, raw_, kind_),
            .wanted = kind_,
            .output = frame_.data(),
            .output_capacity = frame_.size()};
  }
  DecodeTask decode_task(std::uint64_t frame_bytes) const {
    return {.frame = frame_.data(),
            .frame_bytes = frame_bytes,
            .output = {.elements = elements_, .data = output_.data()},
            .element_type = type_};
  }

  EncodedFrame encode(const EncodeTask& task, LaunchOptions options = {}) {
    codec_.encode({&task, 1}, results_.as<EncodedFrame>(), stream_.get(), options);
    synchronize(stream_.get());
    return *results_.as<EncodedFrame>();
  }
  DecodeStatus decode(const DecodeTask& task, LaunchOptions options = {}) {
    codec_.decode({&task, 1}, results_.as<DecodeStatus>(), stream_.get(), options);
    synchronize(stream_.get());
    return *results_.as<DecodeStatus>();
  }

  Bytes read(const std::byte* from, std::size_t size) {
    Bytes bytes(size);
    copy_async(bytes.data(), from, size, stream_.get());
    synchronize(stream_.get());
    return bytes;
  }

  /// The CPU's frame.
  Bytes expected() const {
    Bytes frame(frame_.size());
    const Codebook codebook = fitting(type_, raw_, kind_);
    frame.resize(splitbench::encode(raw_, codebook, kind_, frame).frame_bytes);
    return frame;
  }

  const Bytes& raw() const { return raw_; }
  const DeviceBuffer& input() const { return input_; }
  const DeviceBuffer& frame() const { return frame_; }
  const DeviceBuffer& output() const { return output_; }
  void* stream() const { return stream_.get(); }
  CudaCodec& codec() { return codec_; }
  EncodedFrame* encoded() const { return results_.as<EncodedFrame>(); }

 private:
  ElementType type_;
  FrameKind kind_;
  Bytes raw_;
  std::uint64_t elements_;
  Stream stream_;
  DeviceBuffer input_, frame_, output_;
  PinnedBuffer results_{64};
  CudaCodec codec_;
};

TEST_F(CudaCodecTest, PagesInAnyOrderAreTheSameAsOnePiece) {
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

TEST_F(CudaCodecTest, AGraphRepeatsACallOnNewElements) {
  for (const FrameKind kind : {FrameKind::splitzip, FrameKind::ranked}) {
    OnDevice tensor({ElementType::bf16, kind}, like_a_cache(ElementType::bf16, 500'000));
    const EncodeTask task = tensor.encode_task();
    Graph graph(tensor.stream(), [&] {
      tensor.codec().encode({&task, 1}, tensor.encoded(), tensor.stream());
    });
    for (const std::uint64_t seed : {1, 2, 3}) {
      const Bytes raw = like_a_cache(ElementType::bf16, 500'000, seed);
      copy_async(tensor.input().data(), raw.data(), raw.size(), tensor.stream());
      graph.launch(tensor.stream());
      synchronize(tensor.stream());
      Bytes frame(max_frame_bytes(ElementType::bf16, 500'000));
      frame.resize(encode(raw, task.codebook, kind, frame).frame_bytes);
      EXPECT_EQ(tensor.encoded()->frame_bytes, frame.size());
      EXPECT_TRUE(tensor.read(tensor.frame().data(), frame.size()) == frame) << seed;
    }
  }
}

TEST_F(CudaCodecTest, AnyNumberOfBlocksWritesTheSameFrame) {
  for (const FrameKind kind : {FrameKind::splitzip, FrameKind::ranked}) {
    OnDevice tensor({ElementType::bf16, kind}, like_a_cache(ElementType::bf16, 3'000'001));
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

/// Elements whose frame is ranked, though blocks of it have streams of any length.
Bytes of_every_stream_length() {
  Bytes raw = like_a_cache(ElementType::bf16, 1'000'003);
  for (std::size_t block = 0; block < 488; block += 3) {
    for (std::size_t i = 0; i < 9 * block / 2 && i < 2048; ++i)
      raw[2 * (2048 * block + i * 5 % 2048) + 1] = std::byte{0x12};
  }
  return raw;
}

TEST_F(CudaCodecTest, StreamsOfAnyLengthAreTheSameAsTheCpus) {
  OnDevice tensor({ElementType::bf16, FrameKind::ranked}, of_every_stream_length());
  EncodeTask task = tensor.encode_task();
  const Codebook scattered_codebook = for_kind(FrameKind::ranked, scattered(ElementType::bf16));
  for (const Codebook& codebook :
       {for_kind(FrameKind::ranked, window()), task.codebook, scattered_codebook}) {
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

TEST_F(CudaCodecTest, RefusesAFrameOfAKindThatNobodyNamed) {
  for (const FrameKind kind : {FrameKind::splitzip, FrameKind::ranked}) {
    for (const FrameKind named : {FrameKind::stored, FrameKind::splitzip, FrameKind::ranked}) {
      OnDevice tensor({ElementType::bf16, kind}, like_a_cache(ElementType::bf16, 50'001));
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

/// More elements than 32 bits count, all of which come back: 17 GB of device memory with FP8.
TEST_F(CudaCodecTest, MoreThanFourThousandMillionElementsComeBack) {
  constexpr std::uint64_t kElements = (std::uint64_t{1} << 32) + 12'345;
  constexpr ElementType kType = ElementType::fp8_e5m2;
  if (cuda_free_bytes() < 4 * kElements) GTEST_SKIP() << "too little device memory";
  const Bytes piece = like_a_cache(kType, 1 << 20);
  const Codebook codebook = fitting(kType, piece);
  const Stream stream;
  const DeviceBuffer input(kElements), frame(max_frame_bytes(kType, kElements)), output(kElements);
  const PinnedBuffer result(64);
  for (std::uint64_t at = 0; at < kElements; at += piece.size()) {
    copy_async(input.data() + at, piece.data(),
               std::min<std::uint64_t>(piece.size(), kElements - at), stream.get());
  }
  CudaCodec codec({.tasks = 1, .elements = kElements});
  const EncodeTask task{.input = {.elements = kElements, .data = input.data()},
                        .codebook = codebook,
                        .wanted = FrameKind::splitzip,
                        .output = frame.data(),
                        .output_capacity = frame.size()};
  codec.encode({&task, 1}, result.as<EncodedFrame>(), stream.get());
  synchronize(stream.get());
  const EncodedFrame encoded = *result.as<EncodedFrame>();
  EXPECT_EQ(encoded.kind, FrameKind::splitzip);
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
  const auto refuses = [&](const std::function<void(EncodeTask&)>& spoil) {
    EncodeTask bad = good;
    spoil(bad);
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
