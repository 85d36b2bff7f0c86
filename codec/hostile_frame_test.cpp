#include <algorithm>
#include <cstring>
#include <functional>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "codec/testing/codec_fixture.hpp"

namespace splitbench {
namespace {

/// The fixture of frames that are broken, by accident or with intent.
class HostileFrameTest : public BackendTest {
 protected:
  FrameFault fault_of(const Bytes& frame, std::uint64_t elements,
                      ElementType type = ElementType::bf16) {
    try {
      backend_->decode(frame, type, elements);
      return FrameFault::none;
    } catch (const BadFrame& error) {
      auto fault = FrameFault::length;
      while (error.what() != std::string(describe(fault)))
        fault = FrameFault{static_cast<std::uint32_t>(fault) + 1};
      return fault;
    }
  }

  /// Returns whether the frame is refused, or decoded to exactly these elements.
  bool harmless(const Bytes& frame, ElementType type, const Bytes& raw) {
    try {
      return backend_->decode(frame, type, raw.size() / element_bytes(type)) == raw;
    } catch (const BadFrame&) {
      return true;
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, HostileFrameTest, every_backend(), backend_name);

class HostileSplitzipFrameTest : public HostileFrameTest {};
INSTANTIATE_TEST_SUITE_P(Backends, HostileSplitzipFrameTest, backends_of(FrameKind::splitzip),
                         backend_name);

class HostileRankedFrameTest : public HostileFrameTest {};
INSTANTIATE_TEST_SUITE_P(Backends, HostileRankedFrameTest, backends_of(FrameKind::ranked),
                         backend_name);

/// Changes the header and corrects its checksum, as an attacker would.
void change_header(Bytes& frame, const std::function<void(FrameHeader&)>& change) {
  FrameHeader header;
  std::memcpy(&header, frame.data(), sizeof header);
  change(header);
  header.checksum = header_checksum(header);
  std::memcpy(frame.data(), &header, sizeof header);
}

TEST_P(HostileFrameTest, NoChangedByteGoesUnseen) {
  for (const ElementType type : kElementTypes) {
    const std::size_t n = type == ElementType::bf16 ? 1203 : 5003;
    const Bytes raw = like_a_cache(type, n);
    for (const FrameKind wanted : {FrameKind::stored, kind()}) {
      const TestBackend::Encoded encoded = encode(raw, fitting(type, raw), wanted);
      ASSERT_EQ(encoded.result.kind, wanted);
      for (std::size_t i = 0; i < encoded.frame.size(); ++i) {
        Bytes changed = encoded.frame;
        changed[i] ^= std::byte(1 << i % 8);
        EXPECT_NE(fault_of(changed, n, type), FrameFault::none) << "byte " << i;
      }
    }
  }
}

TEST_P(HostileFrameTest, IsRefusedIfItWasCutOrGoesOn) {
  const Bytes frame = encode(like_a_cache(ElementType::bf16, 1203), window()).frame;
  for (std::size_t size = 0; size < frame.size(); ++size) {
    const Bytes cut(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(fault_of(cut, 1203), FrameFault::length);
  }
  Bytes longer = frame;
  longer.resize(frame.size() + kAlignment);
  EXPECT_EQ(fault_of(longer, 1203), FrameFault::length);
}

TEST_P(HostileFrameTest, IsRefusedIfItHasAnotherNumberOfElements) {
  const Bytes frame = encode(like_a_cache(ElementType::bf16, 1203), window()).frame;
  EXPECT_EQ(fault_of(frame, 1202), FrameFault::elements);
  EXPECT_EQ(fault_of(frame, 1204), FrameFault::elements);
}

TEST_P(HostileFrameTest, IsRefusedIfItsHeaderLies) {
  const Bytes frame = encode(like_a_cache(ElementType::bf16, 1203), window()).frame;
  const auto fault = [&](const std::function<void(FrameHeader&)>& change) {
    Bytes changed = frame;
    change_header(changed, change);
    return fault_of(changed, 1203);
  };
  EXPECT_EQ(fault([](FrameHeader&) {}), FrameFault::none);
  EXPECT_EQ(fault([](FrameHeader& h) { h.magic = 0; }), FrameFault::magic);
  EXPECT_EQ(fault([](FrameHeader& h) { h.version = 3; }), FrameFault::version);
  EXPECT_EQ(fault([](FrameHeader& h) { h.version = 0; }), FrameFault::version);
  EXPECT_EQ(fault([](FrameHeader& h) { h.version = 1; }), FrameFault::digest);
  EXPECT_EQ(fault([](FrameHeader& h) { h.kind = FrameKind{4}; }), FrameFault::kind);
  EXPECT_EQ(fault([](FrameHeader& h) { h.element_type = ElementType{0}; }),
            FrameFault::element_type);
  EXPECT_EQ(fault([](FrameHeader& h) { h.element_type = ElementType{4}; }),
            FrameFault::element_type);
  EXPECT_EQ(fault([](FrameHeader& h) { h.element_type = ElementType::fp8_e4m3; }),
            FrameFault::code_bits);
  EXPECT_EQ(fault([](FrameHeader& h) { h.element_type = ElementType::fp8_e5m2; }),
            kind() == FrameKind::ranked ? FrameFault::code_bits : FrameFault::codebook);
  EXPECT_EQ(fault([](FrameHeader& h) { h.code_bits = 3; }), FrameFault::code_bits);
  EXPECT_EQ(fault([](FrameHeader& h) { h.elements = ~std::uint64_t{0}; }), FrameFault::elements);
  EXPECT_EQ(fault([](FrameHeader& h) { h.elements = std::uint64_t{1} << 63; }),
            FrameFault::elements);
  EXPECT_EQ(fault([](FrameHeader& h) { h.elements = kMaxElements; }), FrameFault::frame_bytes);
  EXPECT_EQ(fault([](FrameHeader& h) { h.escapes = ~std::uint64_t{0}; }), FrameFault::escapes);
  EXPECT_EQ(fault([](FrameHeader& h) { h.escapes = 1203; }), FrameFault::escapes);
  EXPECT_EQ(fault([](FrameHeader& h) { h.stream_words = ~std::uint64_t{0}; }), FrameFault::escapes);
  EXPECT_EQ(fault([](FrameHeader& h) { h.stream_words = 800; }), FrameFault::escapes);
  EXPECT_EQ(fault([](FrameHeader& h) { h.frame_bytes += kAlignment; }), FrameFault::frame_bytes);
  EXPECT_EQ(fault([](FrameHeader& h) { h.reserved[5] = 1; }), FrameFault::reserved);
  EXPECT_EQ(fault([](FrameHeader& h) { h.codebook_id = 0; }), FrameFault::codebook);
  EXPECT_EQ(fault([](FrameHeader& h) { h.digest = 0; }), FrameFault::digest);
  EXPECT_EQ(fault([](FrameHeader& h) {
              h.exponents[3] = h.exponents[4];
              h.codebook_id = h.codebook().id();
            }),
            FrameFault::codebook);
}

TEST_P(HostileSplitzipFrameTest, IsRefusedIfItsEscapesLie) {
  std::vector<std::uint16_t> elements(40'000, 0x3f80);  // three tiles
  for (const std::size_t i : {100, 101, 16'400, 39'999}) elements[i] = 0x0055;
  const Bytes frame = encode(as_type(elements, ElementType::bf16), window()).frame;
  const FrameLayout layout = splitzip_layout(ElementType::bf16, 40'000, 4);
  const auto fault = [&](std::uint64_t offset, std::initializer_list<int> bytes) {
    Bytes changed = frame;
    for (const int byte : bytes) changed[offset++] = static_cast<std::byte>(byte);
    return fault_of(changed, 40'000);
  };
  const std::uint64_t tile_ends = layout.tile_ends;
  const std::uint64_t escapes = layout.escapes;
  EXPECT_EQ(fault(tile_ends, {3}), FrameFault::escape_position);  // tile 1's escape in tile 0
  EXPECT_EQ(fault(tile_ends, {5}), FrameFault::tile_ends);        // more escapes than there are
  EXPECT_EQ(fault(tile_ends, {0xff, 0xff, 0xff, 0xff}), FrameFault::tile_ends);
  EXPECT_EQ(fault(tile_ends + 4, {1}), FrameFault::tile_ends);    // backwards
  EXPECT_EQ(fault(tile_ends + 8, {3}), FrameFault::tile_ends);    // one is left over
  EXPECT_EQ(fault(escapes, {101}), FrameFault::escape_position);  // the same position twice
  EXPECT_EQ(fault(escapes, {101, 0, 0, 100}), FrameFault::escape_position);  // descending
  EXPECT_EQ(fault(escapes + 3, {0, 0x40}), FrameFault::escape_position);     // outside a tile
  EXPECT_EQ(fault(escapes + 9, {0x40, 0x1c}), FrameFault::escape_position);  // outside tile 2
  EXPECT_EQ(fault(escapes + 2, {127}), FrameFault::escape_exponent);  // it is in the codebook
  EXPECT_EQ(fault(layout.planes[0] + 50, {0x01}), FrameFault::escape_code);
  EXPECT_EQ(fault(layout.end - 1, {1}), FrameFault::padding);
  EXPECT_EQ(fault(layout.tile_ends - 1, {1}), FrameFault::padding);
}

TEST_P(HostileFrameTest, IsRefusedIfAnEscapeHasAnExponentThatItsTypeCannotHave) {
  Bytes raw(20'000, std::byte{0x40});
  for (const ElementType type : {ElementType::fp8_e5m2, ElementType::fp8_e4m3}) {
    raw[7] = std::byte{0x40};
    const Codebook codebook = kind() == FrameKind::ranked ? fitting(type, raw) : window(type);
    raw[7] = std::byte{0};
    Bytes frame = encode(raw, codebook).frame;
    const std::uint64_t exponent = kind() == FrameKind::ranked
                                       ? ranked_layout(type, raw.size(), 1).stream + 1
                                       : splitzip_layout(type, raw.size(), 1).escapes + 2;
    EXPECT_EQ(frame[exponent], std::byte{0});
    EXPECT_EQ(fault_of(frame, raw.size(), type), FrameFault::none);
    frame[exponent] = static_cast<std::byte>(element_format(type).exponents());
    EXPECT_EQ(fault_of(frame, raw.size(), type), FrameFault::escape_exponent);
  }
}

/// The frame has three tiles. Two blocks have a stream: one of 16 elements of the first tile, one
/// of which reaches the third level, and one of an escape in the second tile.
TEST_P(HostileRankedFrameTest, IsRefusedIfItsStreamLies) {
  const Codebook codebook{
      .exponents = {127, 126, 128, 125, 129, 124, 123, 122, 121, 120, 119, 118, 117}};
  std::vector<std::uint16_t> elements(40'000, 0x3f80);
  for (std::size_t i = 0; i < 15; ++i) elements[i] = 0x3e80;
  elements[15] = 0x3d80;
  elements[16'400] = 0xff80;
  const Bytes frame = encode(as_type(elements, ElementType::bf16), codebook).frame;
  const RankedLayout layout = ranked_layout(ElementType::bf16, 40'000, 3);
  ASSERT_EQ(frame.size(), layout.end);
  const auto fault = [&](std::uint64_t offset, std::initializer_list<int> bytes) {
    Bytes changed = frame;
    for (const int byte : bytes) changed[offset++] = static_cast<std::byte>(byte);
    return fault_of(changed, 40'000);
  };
  const std::uint64_t second = layout.stream + 8;  // the second stream, of 2 + 3 + 8 bits
  EXPECT_EQ(fault(layout.stream, {static_cast<int>(frame[layout.stream])}), FrameFault::none);
  EXPECT_EQ(fault(layout.block_ends, {1}), FrameFault::stream);           // half of the stream
  EXPECT_EQ(fault(layout.block_ends, {3, 0, 3}), FrameFault::tile_ends);  // words of the next tile
  EXPECT_EQ(fault(layout.block_ends + 4, {1}), FrameFault::tile_ends);    // backwards
  EXPECT_EQ(fault(layout.block_ends + std::uint64_t{2} * 19, {1}), FrameFault::tile_ends);
  EXPECT_EQ(fault(layout.tile_ends, {3}), FrameFault::tile_ends);
  EXPECT_EQ(fault(layout.tile_ends, {0xff, 0xff, 0xff, 0xff}), FrameFault::tile_ends);
  EXPECT_EQ(fault(layout.tile_ends + 8, {2}), FrameFault::tile_ends);   // one is left over
  EXPECT_EQ(fault(layout.first_level + 512, {3}), FrameFault::stream);  // codes without a stream
  EXPECT_EQ(fault(second + 1, {127}), FrameFault::escape_exponent);     // it is in the codebook
  EXPECT_EQ(fault(second, {0x3f}), FrameFault::padding);                // between codes and escapes
  EXPECT_EQ(fault(second + 3, {1}), FrameFault::padding);
  EXPECT_EQ(fault(layout.end - 1, {1}), FrameFault::padding);
  EXPECT_EQ(fault(layout.tile_ends - 1, {1}), FrameFault::padding);
  EXPECT_EQ(fault(layout.stream - 1, {1}), FrameFault::padding);
  // Elements that do not exist have the first rank.
  EXPECT_EQ(fault(layout.block_ends - 1, {1}), FrameFault::padding);
}

TEST_P(HostileFrameTest, IsRefusedIfUnusedBitsAreSet) {
  for (const ElementType type : kElementTypes) {
    const std::size_t n = 5003;  // 3 elements in the last byte of each plane of bits
    const Bytes raw = like_a_cache(type, n);
    const Bytes frame = encode(raw, fitting(type, raw)).frame;
    std::vector<std::pair<std::uint64_t, unsigned>> planes;  // offset, bits per element
    for (std::size_t plane = 0; plane < 3 && kind() == FrameKind::splitzip; ++plane) {
      planes.emplace_back(splitzip_layout(type, n, 0).planes[plane],
                          element_format(type).plane_bits[plane]);
    }
    for (std::size_t plane = 0; plane < 2 && kind() == FrameKind::ranked; ++plane) {
      planes.emplace_back(ranked_layout(type, n, 0).planes[plane],
                          ranked_format(type).plane_bits[plane]);
    }
    for (const auto& [begin, bits] : planes) {
      if (n * bits % 8 == 0) continue;
      Bytes changed = frame;
      changed[begin + n * bits / 8] |= std::byte{0x80};
      EXPECT_EQ(fault_of(changed, n, type), FrameFault::padding);
    }
  }
}

/// Makes a few changes of any kind, anywhere.
void corrupt(Bytes& frame, std::mt19937_64& random) {
  const std::size_t changes = 1 + random() % 3;
  for (std::size_t change = 0; change < changes && !frame.empty(); ++change) {
    const bool early = random() % 4 == 0;  // headers are small, and much depends on them
    const std::size_t at = random() % (early ? std::min(frame.size(), kHeaderBytes) : frame.size());
    const std::size_t size = std::min<std::size_t>(1 + random() % 40, frame.size() - at);
    switch (random() % 8) {
      case 0:
        frame.resize(at);
        break;
      case 1:
        frame.resize(frame.size() + size, std::byte{0});
        break;
      case 2:
        std::generate_n(frame.begin() + static_cast<std::ptrdiff_t>(at), size,
                        [&] { return static_cast<std::byte>(random()); });
        break;
      case 3:
        std::fill_n(frame.begin() + static_cast<std::ptrdiff_t>(at), size,
                    static_cast<std::byte>(random() % 2 * 0xff));
        break;
      default:
        frame[at] ^= static_cast<std::byte>(1 << random() % 8);
    }
  }
}

TEST_P(HostileFrameTest, TenThousandOfThemDoNoHarm) {
  struct Original {
    ElementType type;
    Bytes raw;
    Bytes frame;
  };
  std::vector<Original> originals;
  for (const ElementType type : kElementTypes) {
    for (const std::size_t n : {2100, 5003, 17'000}) {
      for (const FrameKind wanted : {FrameKind::stored, kind()}) {
        const Bytes raw = like_a_cache(type, n);
        originals.push_back({type, raw, encode(raw, fitting(type, raw), wanted).frame});
      }
    }
  }
  std::mt19937_64 random(7);
  for (int round = 0; round < 10'000; ++round) {
    const Original& original = originals[random() % originals.size()];
    Bytes frame = original.frame;
    corrupt(frame, random);
    if (random() % 2 == 0 && frame.size() >= kHeaderBytes) {
      change_header(frame, [&](FrameHeader& header) {
        header.magic = FrameHeader::kMagic;
        header.codebook_id = header.codebook_id == 0 ? 0 : header.codebook().id();
        if (random() % 2 == 0) header.frame_bytes = frame.size();
      });
    }
    ASSERT_TRUE(harmless(frame, original.type, original.raw)) << "round " << round;
  }
}

}  // namespace
}  // namespace splitbench
