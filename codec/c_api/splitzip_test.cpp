#include "codec/splitzip.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "codec/codec.hpp"
#include "codec/cuda/device.hpp"

namespace splitbench {
namespace {

using Bytes = std::vector<std::byte>;
using Histogram = std::vector<std::uint64_t>;

constexpr std::uint64_t kElements = 100'003;

/// Returns elements of which few exponents are frequent and all occur.
Bytes raw_elements(splitzip_element_type type, std::uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  Bytes raw(kElements * splitzip_element_bytes(type));
  for (std::size_t i = 0; i < raw.size(); ++i)
    raw[i] = static_cast<std::byte>(random() % 200 == 0 ? random() : 0x38 | (random() & 0x85));
  return raw;
}

Histogram histogram_of(const Bytes& raw, splitzip_element_type type) {
  Histogram histogram(256);
  EXPECT_EQ(splitzip_count_exponents(raw.data(), kElements, type, histogram.data()), SPLITZIP_OK);
  return histogram;
}

splitzip_codebook codebook_for(const Bytes& raw, splitzip_element_type type,
                               splitzip_frame_kind kind = SPLITZIP_CODED) {
  splitzip_codebook codebook;
  EXPECT_EQ(splitzip_calibrate_for(kind, histogram_of(raw, type).data(), type, &codebook),
            SPLITZIP_OK);
  return codebook;
}

struct Encoded {
  splitzip_encoded_frame result;
  Bytes frame;
};

Encoded encoded(const Bytes& raw, const splitzip_codebook& codebook, splitzip_frame_kind kind,
                std::uint32_t threads = 1) {
  Encoded encoded{.frame = Bytes(splitzip_max_frame_bytes(codebook.element_type, kElements))};
  EXPECT_EQ(splitzip_encode(raw.data(), kElements, &codebook, kind, encoded.frame.data(),
                            encoded.frame.size(), threads, &encoded.result),
            SPLITZIP_OK)
      << splitzip_last_error();
  encoded.frame.resize(encoded.result.frame_bytes);
  return encoded;
}

using TypeAndKind = std::tuple<splitzip_element_type, splitzip_frame_kind>;

class SplitzipTest : public testing::TestWithParam<TypeAndKind> {
 protected:
  const splitzip_element_type type_ = std::get<0>(GetParam());
  const splitzip_frame_kind kind_ = std::get<1>(GetParam());
};

INSTANTIATE_TEST_SUITE_P(TypesAndKinds, SplitzipTest,
                         testing::Combine(testing::Values(SPLITZIP_BF16, SPLITZIP_FP8_E5M2,
                                                          SPLITZIP_FP8_E4M3),
                                          testing::Values(SPLITZIP_CODED, SPLITZIP_RANKED)),
                         [](const auto& test) {
                           const bool ranked = std::get<1>(test.param) == SPLITZIP_RANKED;
                           return std::string(name(ElementType{std::get<0>(test.param)})) +
                                  (ranked ? "_ranked" : "_coded");
                         });

TEST_P(SplitzipTest, WritesTheFramesOfTheCppInterface) {
  const Bytes raw = raw_elements(type_);
  const ElementType type{type_};
  const FrameKind kind{kind_};
  const Codebook codebook = calibrate(exponent_histogram(raw, type), type, kind);
  Bytes expected(max_frame_bytes(type, kElements));
  const EncodedFrame frame = encode(raw, codebook, kind, expected);
  ASSERT_EQ(frame.kind, kind);
  expected.resize(frame.frame_bytes);
  for (const std::uint32_t threads : {1, 3})
    EXPECT_TRUE(encoded(raw, codebook_for(raw, type_, kind_), kind_, threads).frame == expected);
}

TEST_P(SplitzipTest, GivesBackTheElementsAndTheirDigest) {
  const Bytes raw = raw_elements(type_);
  const Encoded there = encoded(raw, codebook_for(raw, type_, kind_), kind_);
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
  const Bytes raw = raw_elements(type_);
  const splitzip_codebook codebook = codebook_for(raw, type_, kind_);
  const Encoded there = encoded(raw, codebook, kind_);
  splitzip_frame_header header;
  ASSERT_EQ(splitzip_read_header(there.frame.data(), kHeaderBytes, &header), SPLITZIP_OK);
  EXPECT_EQ(header.elements, kElements);
  EXPECT_EQ(header.frame_bytes, there.result.frame_bytes);
  EXPECT_EQ(header.escapes, there.result.escapes);
  EXPECT_EQ(header.digest, there.result.digest);
  EXPECT_EQ(header.kind, kind_);
  EXPECT_EQ(there.result.kind, kind_);
  EXPECT_EQ(std::memcmp(&header.codebook, &codebook, sizeof codebook), 0);
}

TEST_P(SplitzipTest, CountsEscapesBeforeAnythingIsEncoded) {
  const Bytes raw = raw_elements(type_);
  const splitzip_codebook codebook = codebook_for(raw, type_, kind_);
  Histogram histogram(256);
  std::uint64_t counted = 0;
  for (int twice = 0; twice < 2; ++twice) {
    EXPECT_EQ(splitzip_count_exponents(raw.data(), kElements, type_, histogram.data()),
              SPLITZIP_OK);
  }
  EXPECT_EQ(splitzip_count_escapes_for(kind_, histogram.data(), &codebook, &counted), SPLITZIP_OK);
  const bool ranked = kind_ == SPLITZIP_RANKED;  // a ranked frame does not have the number
  EXPECT_EQ(ranked ? 0 : counted, 2 * encoded(raw, codebook, kind_).result.escapes);
  const auto in_cpp = escapes(exponent_histogram(raw, ElementType{type_}),
                              std::bit_cast<Codebook>(codebook), FrameKind{kind_});
  EXPECT_EQ(counted, 2 * in_cpp);
}

TEST_P(SplitzipTest, RefusesEveryChangeOfAFrame) {
  const Bytes raw = raw_elements(type_);
  Bytes frame = encoded(raw, codebook_for(raw, type_, kind_), kind_).frame;
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

/// Programs written before there were kinds work as before.
TEST(SplitzipCalibrateTest, WithoutAKindIsForCodedFrames) {
  const Bytes raw = raw_elements(SPLITZIP_BF16);
  const Histogram histogram = histogram_of(raw, SPLITZIP_BF16);
  const splitzip_codebook coded = codebook_for(raw, SPLITZIP_BF16, SPLITZIP_CODED);
  splitzip_codebook plain;
  ASSERT_EQ(splitzip_calibrate(histogram.data(), SPLITZIP_BF16, &plain), SPLITZIP_OK);
  EXPECT_EQ(std::memcmp(&plain, &coded, sizeof plain), 0);
  std::uint64_t of_plain = 0, of_coded = 1;
  EXPECT_EQ(splitzip_count_escapes(histogram.data(), &plain, &of_plain), SPLITZIP_OK);
  EXPECT_EQ(splitzip_count_escapes_for(SPLITZIP_CODED, histogram.data(), &coded, &of_coded),
            SPLITZIP_OK);
  EXPECT_EQ(of_plain, of_coded);
}

TEST(SplitzipCalibrateTest, IsForFramesThatHaveACodebook) {
  const Histogram histogram = histogram_of(raw_elements(SPLITZIP_BF16), SPLITZIP_BF16);
  splitzip_codebook codebook{};
  std::uint64_t escapes = 0;
  for (const splitzip_frame_kind kind : std::array<splitzip_frame_kind, 2>{SPLITZIP_STORED, 3}) {
    EXPECT_EQ(splitzip_calibrate_for(kind, histogram.data(), SPLITZIP_BF16, &codebook),
              SPLITZIP_INVALID_ARGUMENT);
    EXPECT_STREQ(splitzip_last_error(), "the kind of frame is neither coded nor ranked");
    EXPECT_EQ(splitzip_count_escapes_for(kind, histogram.data(), &codebook, &escapes),
              SPLITZIP_INVALID_ARGUMENT);
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
  EXPECT_STREQ(refusal(&good, kElements, 3, frame.size(), 1),
               "the frame wanted is none of stored, coded and ranked");
  EXPECT_STREQ(refusal(&good, kElements, SPLITZIP_RANKED, frame.size(), 1),
               "the codebook is not one of different exponents in order of rank");
  const splitzip_codebook ranked = codebook_for(raw, SPLITZIP_BF16, SPLITZIP_RANKED);
  EXPECT_STREQ(refusal(&ranked, kElements, SPLITZIP_RANKED, frame.size(), 1), "accepted");
  EXPECT_STREQ(refusal(&ranked, kElements, SPLITZIP_CODED, frame.size(), 1),
               "the codebook is not strictly ascending within its type's exponents");
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
