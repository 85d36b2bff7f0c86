#include <algorithm>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "codec/codec.hpp"
#include "codec/cuda/device.hpp"
#include "codec/splitzip.h"

namespace splitbench {
namespace {

constexpr std::uint64_t kPagedElements = 40'000;
constexpr std::uint64_t kPageBytes = 4096;

struct Pinned {
  explicit Pinned(std::uint64_t bytes) {
    EXPECT_EQ(splitzip_pinned_create(bytes, &owned), SPLITZIP_OK) << splitzip_last_error();
  }
  Pinned(const Pinned&) = delete;
  ~Pinned() { splitzip_pinned_destroy(owned); }

  template <typename T = std::byte>
  T* at(std::size_t index = 0) const {
    return static_cast<T*>(splitzip_pinned_address(owned)) + index;
  }

  splitzip_pinned* owned = nullptr;
};

/// Fills `table` with the addresses of the pages of `memory`, the last one first.
void list_backwards(const Pinned& memory, std::size_t pages, const Pinned& table) {
  for (std::size_t i = 0; i < pages; ++i)
    table.at<void*>()[i] = memory.at((pages - 1 - i) * kPageBytes);
}

TEST(SplitzipCudaTest, SaysThatItIsUnavailableWithoutADevice) {
  if (cuda_available()) GTEST_SKIP() << "a CUDA device";
  EXPECT_EQ(splitzip_cuda_devices(), 0u);
  splitzip_cuda_codec* codec = nullptr;
  splitzip_pinned* pinned = nullptr;
  EXPECT_EQ(splitzip_cuda_codec_create(1, 1000, &codec), SPLITZIP_UNAVAILABLE);
  EXPECT_STRNE(splitzip_last_error(), "");
  EXPECT_EQ(splitzip_pinned_create(1000, &pinned), SPLITZIP_UNAVAILABLE);
  EXPECT_EQ(splitzip_cuda_synchronize(nullptr), SPLITZIP_UNAVAILABLE);
  EXPECT_EQ(codec, nullptr);
  EXPECT_EQ(pinned, nullptr);
  splitzip_cuda_codec_destroy(codec);
  splitzip_pinned_destroy(pinned);
}

class SplitzipCudaFramesTest : public testing::TestWithParam<splitzip_frame_kind> {};

INSTANTIATE_TEST_SUITE_P(Kinds, SplitzipCudaFramesTest,
                         testing::Values(SPLITZIP_CODED, SPLITZIP_RANKED), [](const auto& test) {
                           return test.param == SPLITZIP_RANKED ? "ranked" : "coded";
                         });

/// A tensor in one piece and the same in pages in reverse order: the frames are those of the CPU,
/// and the elements come back, both ways.
TEST_P(SplitzipCudaFramesTest, PagesMakeTheSameFrameAsOnePiece) {
  if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  const FrameKind kind{GetParam()};
  constexpr std::size_t kPages = (2 * kPagedElements + kPageBytes - 1) / kPageBytes;
  const Pinned whole(kPages * kPageBytes), paged(kPages * kPageBytes), table(8 * kPages);
  std::mt19937_64 random(1);
  std::generate_n(whole.at<std::uint16_t>(), kPagedElements, [&] {
    return static_cast<std::uint16_t>(random() % 200 == 0 ? random()
                                                          : 0x3c00 | (random() & 0x83ff));
  });
  list_backwards(paged, kPages, table);
  for (std::size_t i = 0; i < kPages; ++i)
    std::copy_n(whole.at(i * kPageBytes), kPageBytes,
                static_cast<std::byte*>(table.at<void*>()[i]));

  const std::span<const std::uint16_t> elements(whole.at<std::uint16_t>(), kPagedElements);
  const Codebook codebook = calibrate(exponent_histogram(elements), ElementType::bf16, kind);
  std::vector<std::byte> expected(max_frame_bytes(ElementType::bf16, kPagedElements));
  expected.resize(encode(elements, codebook, kind, expected).frame_bytes);

  splitzip_encode_task tasks[2] = {};
  const std::uint64_t capacity = splitzip_max_frame_bytes(SPLITZIP_BF16, kPagedElements);
  const Pinned frames(2 * capacity), results(1024), back(2 * kPages * kPageBytes);
  for (std::size_t i = 0; i < 2; ++i) {
    std::copy_n(codebook.exponents.begin(), 16, tasks[i].codebook.exponents);
    tasks[i].codebook.element_type = SPLITZIP_BF16;
    tasks[i].input.elements = kPagedElements;
    tasks[i].wanted = GetParam();
    tasks[i].output = frames.at(i * capacity);
    tasks[i].output_capacity = capacity;
  }
  tasks[0].input.data = whole.at();
  tasks[1].input.pages = table.at<const void*>();
  tasks[1].input.page_bytes = kPageBytes;

  splitzip_cuda_codec* created = nullptr;
  ASSERT_EQ(splitzip_cuda_codec_create(2, 2 * kPagedElements, &created), SPLITZIP_OK);
  const std::unique_ptr<splitzip_cuda_codec, decltype(&splitzip_cuda_codec_destroy)> codec(
      created, splitzip_cuda_codec_destroy);
  auto* const encoded = results.at<splitzip_encoded_frame>();
  ASSERT_EQ(splitzip_cuda_encode(codec.get(), tasks, 2, encoded, nullptr, 1), SPLITZIP_OK)
      << splitzip_last_error();
  ASSERT_EQ(splitzip_cuda_synchronize(nullptr), SPLITZIP_OK) << splitzip_last_error();
  for (std::size_t i = 0; i < 2; ++i) {
    ASSERT_EQ(encoded[i].frame_bytes, expected.size());
    EXPECT_EQ(encoded[i].kind, GetParam());
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), frames.at(i * capacity))) << i;
  }

  splitzip_decode_task decode_tasks[2] = {};
  for (std::size_t i = 0; i < 2; ++i) {
    decode_tasks[i].frame = frames.at(i * capacity);
    decode_tasks[i].frame_bytes = expected.size();
    decode_tasks[i].output.elements = kPagedElements;
    decode_tasks[i].element_type = SPLITZIP_BF16;
  }
  decode_tasks[0].output.data = back.at();
  std::fill_n(paged.at(), kPages * kPageBytes, std::byte{0});
  decode_tasks[1].output.pages = table.at<void*>();
  decode_tasks[1].output.page_bytes = kPageBytes;
  auto* const decoded = results.at<splitzip_decode_result>();
  ASSERT_EQ(splitzip_cuda_decode(codec.get(), decode_tasks, 2, decoded, nullptr, 0), SPLITZIP_OK)
      << splitzip_last_error();
  ASSERT_EQ(splitzip_cuda_synchronize(nullptr), SPLITZIP_OK) << splitzip_last_error();
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_EQ(decoded[i].fault, 0u) << splitzip_describe_fault(decoded[i].fault);
  EXPECT_TRUE(std::equal(whole.at(), whole.at(2 * kPagedElements), back.at()));
  for (std::size_t byte = 0; byte < 2 * kPagedElements; ++byte) {
    const auto* page = static_cast<const std::byte*>(table.at<void*>()[byte / kPageBytes]);
    ASSERT_EQ(page[byte % kPageBytes], *whole.at(byte)) << byte;
  }
}

}  // namespace
}  // namespace splitbench
