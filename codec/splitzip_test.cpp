#include "codec/splitzip.h"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "codec/codec.hpp"
#include "codec/cuda/device.hpp"

namespace splitbench {
namespace {

using Bytes = std::vector<std::byte>;
using Histogram = std::vector<std::uint64_t>;

constexpr std::uint64_t kElements = 100'003;

/// Few exponents are frequent, all occur.
Bytes raw_elements(splitzip_element_type type, std::uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  Bytes raw(kElements * splitzip_element_bytes(type));
  for (std::size_t i = 0; i < raw.size(); ++i)
    raw[i] = static_cast<std::byte>(random() % 200 == 0 ? random() : 0x38 | (random() & 0x85));
  return raw;
}

splitzip_codebook codebook_for(const Bytes& raw, splitzip_element_type type) {
  Histogram histogram(256);
  splitzip_codebook codebook;
  EXPECT_EQ(splitzip_count_exponents(raw.data(), kElements, type, histogram.data()), SPLITZIP_OK);
  EXPECT_EQ(splitzip_calibrate(histogram.data(), type, &codebook), SPLITZIP_OK);
  return codebook;
}

struct Encoded {
  splitzip_encoded_frame result;
  Bytes frame;
};

Encoded encoded(const Bytes& raw, const splitzip_codebook& codebook, std::uint32_t threads = 1) {
  Encoded encoded{.frame = Bytes(splitzip_max_frame_bytes(codebook.element_type, kElements))};
  EXPECT_EQ(splitzip_encode(raw.data(), kElements, &codebook, SPLITZIP_CODED, encoded.frame.data(),
                            encoded.frame.size(), threads, &encoded.result),
            SPLITZIP_OK)
      << splitzip_last_error();
  encoded.frame.resize(encoded.result.frame_bytes);
  return encoded;
}

class SplitzipTest : public testing::TestWithParam<splitzip_element_type> {};

INSTANTIATE_TEST_SUITE_P(ElementTypes, SplitzipTest,
                         testing::Values(SPLITZIP_BF16, SPLITZIP_FP8_E5M2, SPLITZIP_FP8_E4M3),
                         [](const auto& test) {
                           return std::string(name(ElementType{test.param}));
                         });

TEST_P(SplitzipTest, WritesTheFramesOfTheCppInterface) {
  const Bytes raw = raw_elements(GetParam());
  const Codebook codebook =
      calibrate(exponent_histogram(raw, ElementType{GetParam()}), ElementType{GetParam()});
  Bytes expected(max_frame_bytes(ElementType{GetParam()}, kElements));
  expected.resize(encode(raw, codebook, FrameKind::splitzip, expected).frame_bytes);
  for (const std::uint32_t threads : {1, 3})
    EXPECT_TRUE(encoded(raw, codebook_for(raw, GetParam()), threads).frame == expected);
}

TEST_P(SplitzipTest, GivesBackTheElementsAndTheirDigest) {
  const Bytes raw = raw_elements(GetParam());
  const Encoded there = encoded(raw, codebook_for(raw, GetParam()));
  Bytes back(raw.size());
  std::uint64_t digest = 0;
  std::uint64_t expected = 0;
  EXPECT_EQ(
      splitzip_decode(there.frame.data(), there.frame.size(), back.data(), back.size(), 2, &digest),
      SPLITZIP_OK);
  EXPECT_EQ(splitzip_digest(raw.data(), raw.size(), 0, &expected), SPLITZIP_OK);
  EXPECT_TRUE(back == raw);
  EXPECT_EQ(digest, expected);
  EXPECT_EQ(there.result.digest, expected);
}

TEST_P(SplitzipTest, SaysWhatAFrameHoldsByItsFirstBytes) {
  const Bytes raw = raw_elements(GetParam());
  const splitzip_codebook codebook = codebook_for(raw, GetParam());
  const Encoded there = encoded(raw, codebook);
  splitzip_frame_header header;
  ASSERT_EQ(splitzip_read_header(there.frame.data(), kHeaderBytes, &header), SPLITZIP_OK);
  EXPECT_EQ(header.elements, kElements);
  EXPECT_EQ(header.frame_bytes, there.result.frame_bytes);
  EXPECT_EQ(header.escapes, there.result.escapes);
  EXPECT_EQ(header.digest, there.result.digest);
  EXPECT_EQ(header.kind, SPLITZIP_CODED);
  EXPECT_EQ(std::memcmp(&header.codebook, &codebook, sizeof codebook), 0);
}

TEST_P(SplitzipTest, CountsEscapesBeforeAnythingIsEncoded) {
  const Bytes raw = raw_elements(GetParam());
  const splitzip_codebook codebook = codebook_for(raw, GetParam());
  Histogram histogram(256);
  std::uint64_t escapes = 0;
  for (int twice = 0; twice < 2; ++twice) {
    EXPECT_EQ(splitzip_count_exponents(raw.data(), kElements, GetParam(), histogram.data()),
              SPLITZIP_OK);
  }
  EXPECT_EQ(splitzip_count_escapes(histogram.data(), &codebook, &escapes), SPLITZIP_OK);
  EXPECT_EQ(escapes, 2 * encoded(raw, codebook).result.escapes);
}

TEST_P(SplitzipTest, RefusesEveryChangeOfAFrame) {
  const Bytes raw = raw_elements(GetParam());
  Bytes frame = encoded(raw, codebook_for(raw, GetParam())).frame;
  Bytes back(raw.size());
  std::mt19937_64 random(2);
  for (int round = 0; round < 50; ++round) {
    std::byte& changed = frame[random() % frame.size()];
    changed ^= std::byte{4};
    EXPECT_EQ(splitzip_decode(frame.data(), frame.size(), back.data(), back.size(), 1, nullptr),
              SPLITZIP_BAD_FRAME);
    EXPECT_STRNE(splitzip_last_error(), "");
    changed ^= std::byte{4};
  }
}

TEST(SplitzipErrorTest, NamesTheRuleThatWasBroken) {
  const Bytes raw = raw_elements(SPLITZIP_BF16);
  Bytes frame(splitzip_max_frame_bytes(SPLITZIP_BF16, kElements));
  const splitzip_codebook good = codebook_for(raw, SPLITZIP_BF16);
  splitzip_encoded_frame result;
  const auto refusal = [&](const splitzip_codebook* codebook, std::uint64_t elements, int wanted,
                           std::uint64_t capacity, std::uint32_t threads) {
    const splitzip_status status =
        splitzip_encode(raw.data(), elements, codebook, static_cast<splitzip_frame_kind>(wanted),
                        frame.data(), capacity, threads, &result);
    return status == SPLITZIP_INVALID_ARGUMENT ? splitzip_last_error() : "accepted";
  };
  EXPECT_STREQ(refusal(&good, kElements, SPLITZIP_CODED, frame.size(), 1), "accepted");
  EXPECT_STREQ(refusal(nullptr, kElements, SPLITZIP_CODED, frame.size(), 1), "codebook is null");
  EXPECT_STREQ(refusal(&good, ~std::uint64_t{0}, SPLITZIP_CODED, frame.size(), 1),
               "more than 2^34 elements");
  EXPECT_STREQ(refusal(&good, kElements, 2, frame.size(), 1),
               "the frame wanted is neither stored nor coded");
  EXPECT_STREQ(refusal(&good, kElements, SPLITZIP_CODED, frame.size(), 0), "threads is 0");
  EXPECT_STREQ(refusal(&good, kElements, SPLITZIP_CODED, frame.size() - 1, 1),
               "no room for the longest frame");
  splitzip_codebook bad = good;
  bad.element_type = 4;
  EXPECT_STREQ(refusal(&bad, kElements, SPLITZIP_STORED, frame.size(), 1),
               "the element type is none of bf16, fp8_e5m2 and fp8_e4m3");
  bad = good;
  std::swap(bad.exponents[3], bad.exponents[4]);
  EXPECT_STRNE(refusal(&bad, kElements, SPLITZIP_CODED, frame.size(), 1), "accepted");
}

TEST(SplitzipErrorTest, BelongsToTheThreadThatMadeIt) {
  ASSERT_EQ(splitzip_calibrate(nullptr, SPLITZIP_BF16, nullptr), SPLITZIP_INVALID_ARGUMENT);
  std::thread([] { EXPECT_STREQ(splitzip_last_error(), ""); }).join();
  EXPECT_STREQ(splitzip_last_error(), "codebook is null");
}

TEST(SplitzipSizeTest, IsZeroWhereNoFrameCanBe) {
  EXPECT_EQ(splitzip_max_frame_bytes(SPLITZIP_BF16, 1000),
            max_frame_bytes(ElementType::bf16, 1000));
  EXPECT_EQ(splitzip_max_frame_bytes(0, 1000), 0u);
  EXPECT_EQ(splitzip_max_frame_bytes(4, 1000), 0u);
  EXPECT_EQ(splitzip_max_frame_bytes(SPLITZIP_BF16, kMaxElements + 1), 0u);
  EXPECT_EQ(splitzip_element_bytes(4), 0u);
}

TEST(SplitzipSizeTest, TakesATensorOfNothing) {
  const splitzip_codebook codebook{.exponents = {}, .element_type = SPLITZIP_FP8_E4M3};
  Bytes frame(splitzip_max_frame_bytes(SPLITZIP_FP8_E4M3, 0));
  splitzip_encoded_frame result;
  EXPECT_EQ(splitzip_encode(nullptr, 0, &codebook, SPLITZIP_STORED, frame.data(), frame.size(), 1,
                            &result),
            SPLITZIP_OK);
  EXPECT_EQ(splitzip_decode(frame.data(), result.frame_bytes, nullptr, 0, 1, nullptr), SPLITZIP_OK);
}

TEST(SplitzipVersionTest, IsThatOfTheHeader) {
  EXPECT_EQ(splitzip_version(), SPLITZIP_VERSION);
}

}  // namespace
}  // namespace splitbench
