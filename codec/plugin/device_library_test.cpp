#include <gmock/gmock.h>

#include "codec/baselines/payload_layout.hpp"
#include "codec/cuda/device.hpp"
#include "codec/errors.hpp"
#include "codec/plugin/codec_library.hpp"
#include "codec/testing/sample_tensors.hpp"

namespace splitbench {
namespace {

using testing::HasSubstr;
using Bytes = std::vector<std::byte>;

constexpr PayloadLimits kLimits{.type = ElementType::bf16, .pieces = 4, .bytes = 8 << 20};

/// A codec of a library that works on CUDA devices, and a stream for it.
class DeviceLibraryTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
    stream_.emplace();
  }

  static Baseline baseline(const std::string& fault) {
    const auto file = std::filesystem::path(TEST_CODECS) / ("test_codec_cuda_" + fault + ".so");
    return library_baseline(
        std::make_shared<const CodecLibrary>(file, std::make_shared<CallWatch>()),
        CodecDevice::cuda, ElementType::bf16);
  }

  void send(std::span<const std::byte> bytes, const DeviceBuffer& to) {
    copy_async(to.data(), bytes.data(), bytes.size(), stream_->get());
    synchronize(stream_->get());
  }
  Bytes fetch(std::span<const std::byte> bytes) {
    Bytes back(bytes.size());
    copy_async(back.data(), bytes.data(), back.size(), stream_->get());
    synchronize(stream_->get());
    return back;
  }

  Bytes payload_of(DeviceWriter& writer, std::span<const std::span<const std::byte>> pieces) {
    writer.write(pieces, stream_->get());
    synchronize(stream_->get());
    Bytes payload;
    for (const std::span<const std::byte> part : writer.parts()) {
      const Bytes bytes = fetch(part);
      payload.insert(payload.end(), bytes.begin(), bytes.end());
    }
    return payload;
  }

  std::optional<Stream> stream_;
};

TEST_F(DeviceLibraryTest, BringsBackPiecesThatShrinkAndPiecesThatDoNot) {
  const Baseline swap = baseline("none");
  const auto writer = swap.writer(kLimits);
  const auto reader = swap.reader(kLimits);
  for (const std::size_t elements : {1'600'001u, 5u, 700'000u}) {
    Bytes first = like_a_cache(ElementType::bf16, elements, elements), second = first;
    std::fill(second.begin() + static_cast<std::ptrdiff_t>(second.size() / 3), second.end(),
              std::byte{0});
    const DeviceBuffer a(first.size()), b(second.size()), to_a(a.size()), to_b(b.size());
    send(first, a);
    send(second, b);
    const std::vector<std::span<const std::byte>> pieces = {{a.data(), a.size()},
                                                            {b.data(), b.size()}};
    const Bytes payload = payload_of(*writer, pieces);
    const PayloadLayout layout{std::span(pieces), false, swap.chunk_bytes};
    const bool is_padded = elements < 100;  // then a few bytes less do not show
    EXPECT_LT(payload.size(), layout.most_bytes() + (is_padded ? 1 : 0));

    const std::vector<std::span<std::byte>> to = {{to_a.data(), to_a.size()},
                                                  {to_b.data(), to_b.size()}};
    reader->take(payload, to);
    copy_async(reader->payload(), payload.data(), payload.size(), stream_->get());
    reader->read(stream_->get());
    synchronize(stream_->get());
    reader->check();
    EXPECT_TRUE(fetch(to[0]) == first) << elements;
    EXPECT_TRUE(fetch(to[1]) == second) << elements;
  }
}

TEST_F(DeviceLibraryTest, WritesBehindItsOutputAndIsFoundOut) {
  const auto writer = baseline("overrun").writer(kLimits);
  const Bytes raw = like_a_cache(ElementType::bf16, 1'000'000, 1);
  const DeviceBuffer memory(raw.size());
  send(raw, memory);
  const std::vector<std::span<const std::byte>> pieces = {{memory.data(), memory.size()}};
  try {
    payload_of(*writer, pieces);
    FAIL() << "taken";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("test_codec_cuda_overrun.so: encode on a GPU wrote behind"));
  }
}

TEST_F(DeviceLibraryTest, IsMeasuredInBatches) {
  const Baseline swap = baseline("none");
  Bytes raw = like_a_cache(ElementType::bf16, 2'000'000, 3);
  std::fill(raw.begin() + 1'000'000, raw.end(), std::byte{0});
  const DeviceBuffer there(raw.size()), back(raw.size());
  send(raw, there);
  const BaselineTensor tensor{.raw = {there.data(), there.size()},
                              .back = {back.data(), back.size()}};
  const auto batch =
      swap.batch({&tensor, 1}, {.chunk_bytes = swap.chunk_bytes, .stream = stream_->get()});
  batch->compress();
  batch->finish();
  EXPECT_LT(batch->compressed_bytes(), raw.size() * 2 / 3);
  batch->decompress();
  batch->finish();
  EXPECT_TRUE(fetch(tensor.back) == raw);
}

}  // namespace
}  // namespace splitbench
