#include "codec/frame.hpp"

#include <gtest/gtest.h>

#include "codec/testing/sample_tensors.hpp"

namespace splitbench {
namespace {

TEST(FrameTest, IsNeverLongerThanHeaderAndInputAndTheirPadding) {
  for (const ElementType type : kElementTypes) {
    for (std::uint64_t n = 0; n < kMaxElements; n += n / 3 + 1)
      EXPECT_LE(max_frame_bytes(type, n), 128 + element_bytes(type) * n + 127) << n;
  }
}

TEST(FrameTest, IsCodedOnlyWhereThatIsSmaller) {
  for (const ElementType type : kElementTypes) {
    for (const FrameKind wanted : {FrameKind::splitzip, FrameKind::ranked}) {
      for (std::uint64_t n = 0; n < 9000; ++n) {
        const std::uint64_t most = tail_capacity(wanted, type, n);
        const bool shrinks = frame_bytes(wanted, type, n, most) < stored_frame_bytes(type, n);
        EXPECT_EQ(frame_kind(wanted, type, n, most) == wanted, shrinks) << n;
        EXPECT_EQ(frame_kind(wanted, type, n, most + 32), FrameKind::stored) << n;
      }
    }
    EXPECT_EQ(frame_kind(FrameKind::stored, type, 9000, 0), FrameKind::stored);
  }
}

TEST(FrameTest, HasTheSectionsOfARankedFrameOnTheirAlignment) {
  for (const ElementType type : kElementTypes) {
    for (std::uint64_t n = 1; n < kMaxElements; n += n / 3 + 1) {
      const RankedLayout layout = ranked_layout(type, n, n / 10);
      EXPECT_EQ(layout.planes[0], kHeaderBytes);
      EXPECT_LE(layout.planes[0], layout.planes[1]);
      EXPECT_LE(layout.planes[1], layout.first_level);
      EXPECT_LT(layout.first_level, layout.block_ends);
      EXPECT_LT(layout.block_ends, layout.tile_ends);
      EXPECT_LT(layout.tile_ends, layout.stream);
      EXPECT_LE(layout.stream, layout.end);
      for (const std::uint64_t begin : {layout.planes[1], layout.first_level, layout.block_ends,
                                        layout.tile_ends, layout.stream, layout.end})
        EXPECT_EQ(begin % kAlignment, 0u);
    }
  }
}

/// The limits are those in FORMAT.md.
TEST(FrameTest, IsStoredIfItIsSmall) {
  for (const ElementType type : kElementTypes) {
    const std::uint64_t first = type == ElementType::bf16 ? 449 : 1921;
    for (std::uint64_t n = 0; n < first; ++n)
      EXPECT_EQ(frame_kind(FrameKind::splitzip, type, n, 0), FrameKind::stored) << n;
    EXPECT_EQ(frame_kind(FrameKind::splitzip, type, first, 0), FrameKind::splitzip);
  }
}

TEST(FrameTest, HasItsSectionsOneAfterTheOtherOnTheirAlignment) {
  for (const ElementType type : kElementTypes) {
    for (std::uint64_t n = 1; n < kMaxElements; n += n / 3 + 1) {
      const FrameLayout layout = splitzip_layout(type, n, n / 10);
      EXPECT_EQ(layout.planes[0], kHeaderBytes);
      EXPECT_LT(layout.planes[0], layout.planes[1]);
      EXPECT_LE(layout.planes[1], layout.planes[2]);
      EXPECT_LE(layout.planes[2], layout.tile_ends);
      EXPECT_LT(layout.tile_ends, layout.escapes);
      EXPECT_LE(layout.escapes, layout.end);
      for (const std::uint64_t begin :
           {layout.planes[1], layout.planes[2], layout.tile_ends, layout.escapes, layout.end})
        EXPECT_EQ(begin % kAlignment, 0u);
    }
  }
}

TEST(FrameTest, CountsFitTheirFields) {
  for (const ElementType type : kElementTypes)
    EXPECT_LT(escape_capacity(type, kMaxElements), std::uint64_t{1} << 32);
  for (const ElementType type : kElementTypes) {
    EXPECT_LT(tail_capacity(FrameKind::ranked, type, kMaxElements), std::uint64_t{1} << 32);
    EXPECT_LT(kBlocksPerTile * ranked_block_words(type), std::uint64_t{1} << 16);
  }
}

TEST(FrameTest, ReadsTheHeadersThatItMakes) {
  for (const ElementType type : kElementTypes) {
    for (const FrameKind kind : {FrameKind::stored, FrameKind::splitzip, FrameKind::ranked}) {
      const Codebook codebook = for_kind(kind, scattered(type));
      const FrameHeader header = make_header(kind, 5000, 7, codebook, 42);
      const FrameHeader read = read_header(std::as_bytes(std::span(&header, 1)));
      EXPECT_EQ(read.kind, kind);
      EXPECT_EQ(read.element_type, type);
      EXPECT_EQ(read.escapes, kind == FrameKind::splitzip ? 7u : 0u);
      EXPECT_EQ(read.digest, 42u);
      EXPECT_EQ(header_checksum(read), read.checksum);
      EXPECT_EQ(read.stream_words, kind == FrameKind::ranked ? 7u : 0u);
      const bool coded = kind != FrameKind::stored;
      EXPECT_EQ(read.codebook(), (coded ? codebook : Codebook{{}, type}));
    }
  }
}

TEST(FrameTest, RefusesHalfAHeader) {
  const FrameHeader header = make_header(FrameKind::stored, 0, 0, {}, 0);
  EXPECT_THROW(read_header(std::as_bytes(std::span(&header, 1)).first(127)), BadFrame);
}

}  // namespace
}  // namespace splitbench
