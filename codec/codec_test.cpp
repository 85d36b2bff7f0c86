#include "codec/codec.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <fstream>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <numeric>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "codec/test_backend.hpp"

namespace splitbench {
namespace {

using Elements = std::vector<std::uint16_t>;

Codebook window(std::uint8_t first) {
  Codebook codebook;
  std::iota(codebook.exponents.begin(), codebook.exponents.end(), first);
  return codebook;
}

/// Exact zeros have a code; the rest is a window. Real caches look like this.
Codebook window_and_zero() {
  Codebook codebook = window(114);
  codebook.exponents[0] = 0;
  return codebook;
}

Codebook scattered() {
  Codebook codebook;
  for (std::size_t code = 0; code < 16; ++code)
    codebook.exponents[code] = static_cast<std::uint8_t>(17 * code);
  return codebook;
}

/// Elements like a cache's: normally distributed, a few far smaller ones, a few exact zeros.
Elements like_a_cache(std::size_t n, std::uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> value;
  Elements elements(n);
  for (std::uint16_t& element : elements) {
    const std::uint64_t kind = random() % 1000;
    const float number = kind == 0 ? 0 : kind < 5 ? value(random) * 1e-6f : value(random);
    element = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(number) >> 16);
  }
  return elements;
}

enum class BackendName { cpu, cuda };

class CodecTest : public testing::TestWithParam<BackendName> {
 protected:
  void SetUp() override {
    if (GetParam() == BackendName::cpu) {
      backend_ = std::make_unique<CpuTestBackend>();
    } else if (cuda_available()) {
      backend_ = std::make_unique<CudaTestBackend>();
    } else {
      GTEST_SKIP() << "no CUDA device";
    }
  }

  TestBackend::Encoded encode(const Elements& elements, const Codebook& codebook = window(114),
                              FrameKind wanted = FrameKind::splitzip) {
    return backend_->encode(elements, codebook, wanted);
  }

  /// The law that everything else serves: the reference's bytes, and the elements back.
  void expect_lossless(const Elements& elements, const Codebook& codebook,
                       FrameKind wanted = FrameKind::splitzip) {
    const TestBackend::Encoded encoded = encode(elements, codebook, wanted);
    const TestBackend::Encoded reference = CpuTestBackend().encode(elements, codebook, wanted);
    EXPECT_EQ(encoded.result, reference.result);
    EXPECT_TRUE(encoded.frame == reference.frame)
        << "frames differ at " << elements.size() << " elements";
    EXPECT_LE(encoded.frame.size(), max_frame_bytes(elements.size()));
    EXPECT_EQ(encoded.result.digest, digest(elements));
    EXPECT_TRUE(backend_->decode(encoded.frame, elements.size()) == elements)
        << elements.size() << " elements";
  }

  FrameFault fault_of(const std::vector<std::byte>& frame, std::uint64_t elements) {
    try {
      backend_->decode(frame, elements);
      return FrameFault::none;
    } catch (const BadFrame& error) {
      auto fault = FrameFault::length;
      while (error.what() != std::string(describe(fault)))
        fault = FrameFault{static_cast<std::uint32_t>(fault) + 1};
      return fault;
    }
  }

  /// Refused, or decoded to exactly these elements.
  bool harmless(const std::vector<std::byte>& frame, const Elements& elements) {
    try {
      return backend_->decode(frame, elements.size()) == elements;
    } catch (const BadFrame&) {
      return true;
    }
  }

  std::unique_ptr<TestBackend> backend_;
};

INSTANTIATE_TEST_SUITE_P(Backends, CodecTest, testing::Values(BackendName::cpu, BackendName::cuda),
                         [](const auto& test) {
                           return test.param == BackendName::cpu ? "Cpu" : "Cuda";
                         });

TEST_P(CodecTest, GivesBackEveryBfloat16BitPattern) {
  Elements all(65'536);
  std::iota(all.begin(), all.end(), std::uint16_t{0});
  for (const FrameKind kind : {FrameKind::stored, FrameKind::splitzip})
    expect_lossless(all, window(114), kind);
  // Within a frame that does shrink, 256 patterns at a time.
  for (std::size_t first = 0; first < all.size(); first += 256) {
    Elements elements = like_a_cache(4096, first);
    std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(first), 256, elements.begin() + 1000);
    expect_lossless(elements, window(112));
  }
}

TEST_P(CodecTest, GivesBackTensorsOfEveryLength) {
  for (const std::size_t n :
       {0, 1, 2, 3, 7, 8, 57, 96, 203, 1023, 1024, 1025, 16'383, 16'384, 16'385, (1 << 20) + 7}) {
    for (const Codebook& codebook : {window(114), window_and_zero(), scattered()}) {
      expect_lossless(like_a_cache(n), codebook);
      expect_lossless(like_a_cache(n), codebook, FrameKind::stored);
    }
  }
}

TEST_P(CodecTest, GivesBackNothingButEscapesAndNothingButZeros) {
  for (const std::size_t n : {1000, 16'384, 100'000}) {
    for (const int bits : {0x0000, 0x8000, 0x0001, 0x7f80, 0xff80, 0x7fc1, 0xffff}) {
      const Elements same(n, static_cast<std::uint16_t>(bits));
      expect_lossless(same, window(114));
      expect_lossless(same, window(0));
    }
  }
}

TEST_P(CodecTest, StoresWhatWouldNotShrinkAndNothingElse) {
  // At 20,000 elements stored takes 40,080 bytes and SplitZip 30,096 without escapes.
  const std::uint64_t capacity = escape_capacity(20'000);
  EXPECT_EQ(capacity, (40'080 - 30'096 - 16) / 3);
  Elements elements(20'000, 0x3f80);
  std::fill_n(elements.begin(), capacity, std::uint16_t{0});
  expect_lossless(elements, window(114));
  EXPECT_EQ(encode(elements).result.kind, FrameKind::splitzip);
  elements.back() = 0;
  expect_lossless(elements, window(114));
  EXPECT_EQ(encode(elements).result.kind, FrameKind::stored);
}

TEST_P(CodecTest, WritesTheExampleOfTheFormat) {
  std::ifstream text("codec/FORMAT.md");
  std::string line;
  while (std::getline(text, line) && line != "```hex") continue;
  std::vector<std::byte> example;
  while (std::getline(text, line) && line != "```") {
    std::istringstream bytes(line.substr(3));
    for (unsigned byte; bytes >> std::hex >> byte;) example.push_back(static_cast<std::byte>(byte));
  }
  Elements elements(96);
  std::iota(elements.begin(), elements.end(), std::uint16_t{0x3f80});
  elements[5] = 0x0000;
  elements[70] = 0xff80;
  EXPECT_THAT(encode(elements, window(116)).frame, testing::ElementsAreArray(example));
  EXPECT_EQ(backend_->decode(example, 96), elements);
}

TEST_P(CodecTest, WritesTheSameBytesEveryTime) {
  const Elements elements = like_a_cache(1 << 20);
  const TestBackend::Encoded first = encode(elements);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(encode(elements) == first);
}

TEST_P(CodecTest, NoChangedByteGoesUnseen) {
  const Elements elements = like_a_cache(203);
  for (const FrameKind kind : {FrameKind::stored, FrameKind::splitzip}) {
    const TestBackend::Encoded encoded = encode(elements, window(114), kind);
    ASSERT_EQ(encoded.result.kind, kind);
    for (std::size_t i = 0; i < encoded.frame.size(); ++i) {
      for (const std::byte change : {std::byte{0x01}, std::byte{0x80}, std::byte{0xff}}) {
        std::vector<std::byte> changed = encoded.frame;
        changed[i] ^= change;
        EXPECT_NE(fault_of(changed, elements.size()), FrameFault::none) << "byte " << i;
      }
    }
  }
}

TEST_P(CodecTest, RefusesAFrameThatWasCutOrGoesOn) {
  const Elements elements = like_a_cache(203);
  const std::vector<std::byte> frame = encode(elements).frame;
  for (std::size_t size = 0; size < frame.size(); ++size) {
    EXPECT_EQ(fault_of({frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size)}, 203),
              FrameFault::length);
  }
  std::vector<std::byte> longer = frame;
  longer.resize(frame.size() + 16);
  EXPECT_EQ(fault_of(longer, 203), FrameFault::length);
}

TEST_P(CodecTest, RefusesAFrameOfAnotherNumberOfElements) {
  const std::vector<std::byte> frame = encode(like_a_cache(203)).frame;
  EXPECT_EQ(fault_of(frame, 202), FrameFault::elements);
  EXPECT_EQ(fault_of(frame, 204), FrameFault::elements);
}

/// A frame with its header made right again after a change, as an attacker would.
std::vector<std::byte> with_header(std::vector<std::byte> frame,
                                   const std::function<void(FrameHeader&)>& change) {
  FrameHeader header;
  std::memcpy(&header, frame.data(), sizeof header);
  change(header);
  header.checksum = header_checksum(header);
  std::memcpy(frame.data(), &header, sizeof header);
  return frame;
}

TEST_P(CodecTest, RefusesHeadersThatLie) {
  const std::vector<std::byte> frame = encode(like_a_cache(203)).frame;
  const auto fault = [&](const std::function<void(FrameHeader&)>& change) {
    return fault_of(with_header(frame, change), 203);
  };
  EXPECT_EQ(fault([](FrameHeader&) {}), FrameFault::none);
  EXPECT_EQ(fault([](FrameHeader& h) { h.magic = 0; }), FrameFault::magic);
  EXPECT_EQ(fault([](FrameHeader& h) { h.version = 2; }), FrameFault::version);
  EXPECT_EQ(fault([](FrameHeader& h) { h.kind = FrameKind{2}; }), FrameFault::kind);
  EXPECT_EQ(fault([](FrameHeader& h) { h.element_type = ElementType::fp8_e5m2; }),
            FrameFault::element_type);
  EXPECT_EQ(fault([](FrameHeader& h) { h.code_bits = 3; }), FrameFault::code_bits);
  EXPECT_EQ(fault([](FrameHeader& h) { h.elements = ~std::uint64_t{0}; }), FrameFault::elements);
  EXPECT_EQ(fault([](FrameHeader& h) { h.elements = std::uint64_t{1} << 63; }),
            FrameFault::elements);
  EXPECT_EQ(fault([](FrameHeader& h) { h.elements = kMaxElements; }), FrameFault::frame_bytes);
  EXPECT_EQ(fault([](FrameHeader& h) { h.escapes = ~std::uint64_t{0}; }), FrameFault::escapes);
  EXPECT_EQ(fault([](FrameHeader& h) { h.escapes = 203; }), FrameFault::escapes);
  EXPECT_EQ(fault([](FrameHeader& h) { h.frame_bytes += 16; }), FrameFault::frame_bytes);
  EXPECT_EQ(fault([](FrameHeader& h) { h.reserved = 1; }), FrameFault::reserved);
  EXPECT_EQ(fault([](FrameHeader& h) { h.codebook_id = 0; }), FrameFault::codebook);
  EXPECT_EQ(fault([](FrameHeader& h) { h.digest = 0; }), FrameFault::digest);
  EXPECT_EQ(fault([](FrameHeader& h) {
              std::swap(h.codebook.exponents[3], h.codebook.exponents[4]);
              h.codebook_id = h.codebook.id();
            }),
            FrameFault::codebook);
}

TEST_P(CodecTest, RefusesEscapesThatLie) {
  Elements elements(40'000, 0x3f80);  // three tiles
  for (const std::size_t i : {100, 101, 16'400, 39'999}) elements[i] = 0x0055;
  const std::vector<std::byte> frame = encode(elements).frame;
  const FrameLayout layout = splitzip_layout(40'000, 4);
  const auto fault = [&](std::uint64_t offset, std::initializer_list<int> bytes) {
    std::vector<std::byte> changed = frame;
    for (const int byte : bytes) changed[offset++] = static_cast<std::byte>(byte);
    return fault_of(changed, 40'000);
  };
  EXPECT_EQ(fault(layout.tile_ends, {3}),
            FrameFault::escape_position);                          // the second tile's in the first
  EXPECT_EQ(fault(layout.tile_ends, {5}), FrameFault::tile_ends);  // more than there are
  EXPECT_EQ(fault(layout.tile_ends, {0xff, 0xff, 0xff, 0xff}), FrameFault::tile_ends);
  EXPECT_EQ(fault(layout.tile_ends + 4, {1}), FrameFault::tile_ends);    // backwards
  EXPECT_EQ(fault(layout.tile_ends + 8, {3}), FrameFault::tile_ends);    // one left over
  EXPECT_EQ(fault(layout.escapes, {101}), FrameFault::escape_position);  // twice the same
  EXPECT_EQ(fault(layout.escapes, {101, 0, 0, 100}), FrameFault::escape_position);  // descending
  EXPECT_EQ(fault(layout.escapes + 3, {0, 0x40}),
            FrameFault::escape_position);  // outside a whole tile
  EXPECT_EQ(fault(layout.escapes + 9, {0x40, 0x1c}),
            FrameFault::escape_position);                                    // outside the last one
  EXPECT_EQ(fault(layout.escapes + 2, {127}), FrameFault::escape_exponent);  // it has a code
  EXPECT_EQ(fault(layout.codes + 50, {0x01}), FrameFault::escape_code);
  EXPECT_EQ(fault(layout.end - 1, {1}), FrameFault::padding);
}

TEST_P(CodecTest, SurvivesAnyBytesBehindARightHeader) {
  const Elements elements = like_a_cache(20'000);
  std::vector<std::byte> frame = encode(elements).frame;
  std::mt19937_64 random(7);
  for (int round = 0; round < 100; ++round) {
    for (int change = 0; change < 40; ++change) {
      frame[kHeaderBytes + random() % (frame.size() - kHeaderBytes)] =
          static_cast<std::byte>(random());
    }
    EXPECT_TRUE(harmless(frame, elements));
  }
}

TEST_P(CodecTest, DigestsPiecesThatAddUp) {
  const Elements elements = like_a_cache(100'003);
  const std::span<const std::byte> whole = std::as_bytes(std::span(elements));
  const std::uint64_t sum = backend_->digest(whole, 0);
  EXPECT_EQ(sum, digest(whole));
  for (const std::size_t words : {0, 1, 77, 4096, 25'000}) {
    EXPECT_EQ(backend_->digest(whole.first(8 * words), 0) +
                  backend_->digest(whole.subspan(8 * words), words),
              sum);
  }
  for (std::size_t bytes = 0; bytes < 40; ++bytes) {
    EXPECT_EQ(backend_->digest(whole.first(bytes), 5), digest(whole.first(bytes), 5)) << bytes;
  }
}

TEST_P(CodecTest, RefusesACodebookThatIsNotAscending) {
  Codebook codebook = window(114);
  codebook.exponents[3] = codebook.exponents[4];
  EXPECT_THROW(encode(like_a_cache(1000), codebook), std::invalid_argument);
}

TEST(PublishedLayoutRatioTest, ChargesSevenBytesAnEscape) {
  EXPECT_DOUBLE_EQ(published_layout_ratio(1000, 0), 4.0 / 3);
  EXPECT_DOUBLE_EQ(published_layout_ratio(1000, 100), 2000.0 / 2200);
  EXPECT_DOUBLE_EQ(published_layout_ratio(0, 0), 1);
}

}  // namespace
}  // namespace splitbench
