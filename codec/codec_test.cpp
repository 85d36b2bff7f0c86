#include "codec/codec.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>
#include <string>

#include "codec/testing/codec_fixture.hpp"

namespace splitbench {
namespace {

using CodecTest = BackendTest;

INSTANTIATE_TEST_SUITE_P(Backends, CodecTest, every_backend(), backend_name);

TEST_P(CodecTest, GivesBackEveryBitPattern) {
  for (const ElementType type : kElementTypes) {
    const Bytes all = all_patterns(type);
    for (const Codebook& codebook : sample_codebooks(type, kind())) {
      expect_lossless(*backend_, all, codebook, FrameKind::stored);
      expect_lossless(*backend_, all, codebook, kind());
    }
  }
}

TEST_P(CodecTest, GivesBackEveryBitPatternWithinFramesThatShrink) {
  for (const ElementType type : kElementTypes) {
    const Bytes all = all_patterns(type);
    const std::size_t piece = std::min<std::size_t>(all.size(), 2048);
    Bytes raw = like_a_cache(type, 100'000);
    for (std::size_t first = 0; first < all.size(); first += piece) {
      std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(first), piece, raw.begin() + 6002);
      const auto encoded = encode(raw, window(type));
      EXPECT_EQ(encoded.result.kind, kind());
      EXPECT_TRUE(backend_->decode(encoded.frame, type, 100'000) == raw) << first;
    }
  }
}

TEST_P(CodecTest, GivesBackTensorsOfEveryLength) {
  for (const ElementType type : kElementTypes) {
    for (const std::size_t n :
         {0,    1,    2,    3,    7,    8,    57,     448,    449,    577,
          1023, 1921, 3201, 4095, 4096, 4097, 16'383, 16'384, 16'385, 70'007}) {
      const Bytes raw = like_a_cache(type, n);
      expect_lossless(*backend_, raw, window(type), FrameKind::stored);
      for (const Codebook& codebook : sample_codebooks(type, kind()))
        expect_lossless(*backend_, raw, codebook, kind());
    }
  }
}

TEST_P(CodecTest, GivesBackEveryLengthOfAVectorsRest) {
  for (const ElementType type : kElementTypes) {
    const Bytes longest = like_a_cache(type, 7296 + 130);
    const Codebook codebook = fitting(type, longest);
    for (std::size_t n = 7296; n <= 7296 + 130; ++n) {
      const auto end = longest.begin() + static_cast<std::ptrdiff_t>(n * element_bytes(type));
      expect_lossless(*backend_, {longest.begin(), end}, codebook, kind());
    }
  }
}

TEST_P(CodecTest, GivesBackNothingButEscapesAndNothingButZeros) {
  for (const ElementType type : kElementTypes) {
    for (const std::size_t n : {1000, 16'384, 100'000}) {
      for (const int byte : {0x00, 0x80, 0x01, 0x7f, 0xff, 0x3f}) {
        const Bytes same(n * element_bytes(type), static_cast<std::byte>(byte));
        expect_lossless(*backend_, same, window(type), kind());
        expect_lossless(*backend_, same, for_kind(kind(), splitbench::window(type, 0)), kind());
      }
    }
  }
}

TEST_P(CodecTest, StoresWhatWouldNotShrinkAndNothingElse) {
  for (const ElementType type : kElementTypes) {
    const std::size_t n = 20'000;
    const auto with_escapes = [&](std::size_t escapes) {
      Bytes raw(n * element_bytes(type), std::byte{0x40});  // 2 in every type
      std::fill_n(raw.begin(), escapes * element_bytes(type), std::byte{0});
      return raw;
    };
    const bool ranked = kind() == FrameKind::ranked;
    const Codebook codebook = ranked ? fitting(type, with_escapes(0)) : window(type);
    std::size_t shrinks = 0, stored = n;
    while (shrinks + 1 < stored) {
      const std::size_t escapes = (shrinks + stored) / 2;
      expect_lossless(*backend_, with_escapes(escapes), codebook, kind());
      const bool coded = encode(with_escapes(escapes), codebook).result.kind == kind();
      (coded ? shrinks : stored) = escapes;
    }
    if (!ranked) {
      EXPECT_EQ(shrinks, escape_capacity(type, n));
    }
    EXPECT_EQ(encode(with_escapes(shrinks), codebook).result.kind, kind());
    EXPECT_EQ(encode(with_escapes(stored), codebook).result.kind, FrameKind::stored);
  }
}

TEST_P(CodecTest, WritesTheSameBytesEveryTime) {
  for (const ElementType type : kElementTypes) {
    const Bytes raw = like_a_cache(type, 200'000);
    const TestBackend::Encoded first = encode(raw, window(type));
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(encode(raw, window(type)) == first);
  }
}

/// Returns the frames that a page prints in hexadecimal; a row of `*` repeats the one above it.
std::vector<Bytes> examples_in(const char* page) {
  std::vector<Bytes> examples;
  std::ifstream text(page);
  for (std::string line; std::getline(text, line);) {
    if (line != "```hex") continue;
    Bytes& example = examples.emplace_back();
    while (std::getline(text, line) && line != "```") {
      if (line == "*") continue;
      std::istringstream row(line);
      std::size_t offset;
      row >> std::hex >> offset;
      while (example.size() < offset) example.push_back(example[example.size() - 16]);
      for (unsigned byte; row >> byte;) example.push_back(static_cast<std::byte>(byte));
    }
  }
  return examples;
}

/// Returns the elements of the format's first example.
Bytes example_of_bf16() {
  std::vector<std::uint16_t> bf16(1003);
  for (std::size_t i = 0; i < bf16.size(); ++i)
    bf16[i] = static_cast<std::uint16_t>(0x3f80 + i % 16);
  bf16[5] = 0x0000;
  bf16[700] = 0xff80;
  return as_type(bf16, ElementType::bf16);
}

Bytes example_of_fp8() {
  Bytes fp8(4096);
  for (std::size_t i = 0; i < fp8.size(); ++i)
    fp8[i] = static_cast<std::byte>(0x30 + i % 16 + (i % 4 == 3 ? 0x80 : 0));
  fp8[4000] = std::byte{0x7f};
  return fp8;
}

Bytes example_of_ranks() {
  std::vector<std::uint16_t> bf16(3003, 0x3f80);
  bf16[1] = 0x4000;
  bf16[2] = 0x3e00;
  bf16[256] = 0x3e80;
  bf16[2058] = 0x3d00;
  bf16[3002] = 0xff80;
  return as_type(bf16, ElementType::bf16);
}

TEST_P(CodecTest, WritesTheExamplesOfTheFormatAndReadsThoseOfVersion1) {
  const std::vector<Bytes> examples = examples_in("codec/FORMAT.md");
  const std::vector<Bytes> earlier = examples_in("codec/testing/data/frames_of_version_1.md");
  ASSERT_EQ(examples.size(), 3u);
  ASSERT_EQ(earlier.size(), 3u);
  const auto expect_example = [&](const Bytes& raw, const Codebook& codebook, std::size_t number) {
    EXPECT_THAT(encode(raw, codebook).frame, testing::ElementsAreArray(examples[number]));
    const ElementType type = codebook.element_type;
    for (const Bytes& frame : {examples[number], earlier[number]})
      EXPECT_EQ(backend_->decode(frame, type, raw.size() / element_bytes(type)), raw);
  };
  if (kind() == FrameKind::splitzip) {
    expect_example(example_of_bf16(), splitbench::window(ElementType::bf16, 116), 0);
    expect_example(example_of_fp8(), splitbench::window(ElementType::fp8_e4m3, 2), 1);
  } else {
    const Codebook ranks{
        .exponents = {127, 126, 128, 125, 129, 124, 123, 122, 121, 120, 119, 118, 117}};
    expect_example(example_of_ranks(), ranks, 2);
  }
}

TEST_P(CodecTest, ReadsFramesOfVersion1AndChecksTheirDigests) {
  for (const ElementType type : kElementTypes) {
    for (const std::size_t n : {1, 449, 2048, 5003, 16'384, 100'003}) {
      const Bytes raw = like_a_cache(type, n);
      for (const FrameKind wanted : {FrameKind::stored, kind()}) {
        Bytes frame = reference_frame(raw, fitting(type, raw), wanted, 1);
        EXPECT_TRUE(backend_->decode(frame, type, n) == raw) << n;
        FrameHeader header = read_header(frame);
        header.digest ^= 1;
        header.checksum = header_checksum(header);
        std::memcpy(frame.data(), &header, sizeof header);
        EXPECT_THROW(backend_->decode(frame, type, n), BadFrame) << n;
      }
    }
  }
}

TEST_P(CodecTest, DigestsPiecesThatAddUp) {
  const Bytes raw = like_a_cache(ElementType::bf16, 100'003);
  const std::span<const std::byte> whole = raw;
  const std::uint64_t sum = backend_->digest(whole, 0);
  EXPECT_EQ(sum, digest(whole));
  for (const std::size_t words : {0, 1, 77, 4096, 25'000}) {
    EXPECT_EQ(backend_->digest(whole.first(8 * words), 0) +
                  backend_->digest(whole.subspan(8 * words), words),
              sum);
  }
  for (std::size_t bytes = 0; bytes < 40; ++bytes)
    EXPECT_EQ(backend_->digest(whole.first(bytes), 5), digest(whole.first(bytes), 5)) << bytes;
}

TEST_P(CodecTest, RefusesACodebookThatIsNone) {
  const Bytes raw = like_a_cache(ElementType::bf16, 1000);
  Codebook codebook = window();
  codebook.exponents[3] = codebook.exponents[4];
  EXPECT_THROW(encode(raw, codebook), std::invalid_argument);
  const bool ranked = kind() == FrameKind::ranked;
  codebook = for_kind(ranked ? FrameKind::splitzip : FrameKind::ranked, splitbench::window());
  EXPECT_THROW(encode(raw, codebook), std::invalid_argument);  // made for the other kind
  codebook = splitbench::window(ElementType::fp8_e5m2, 17);    // that type has no exponent 32
  EXPECT_THROW(encode(raw, codebook), std::invalid_argument);
}

TEST(PublishedLayoutRatioTest, ChargesSevenBytesAnEscape) {
  EXPECT_DOUBLE_EQ(published_layout_ratio(ElementType::bf16, 1000, 0), 4.0 / 3);
  EXPECT_DOUBLE_EQ(published_layout_ratio(ElementType::bf16, 1000, 100), 2000.0 / 2200);
  EXPECT_DOUBLE_EQ(published_layout_ratio(ElementType::fp8_e5m2, 1000, 0), 8.0 / 7);
  EXPECT_DOUBLE_EQ(published_layout_ratio(ElementType::bf16, 0, 0), 1);
}

}  // namespace
}  // namespace splitbench
