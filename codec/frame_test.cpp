#include "codec/frame.hpp"

#include <gtest/gtest.h>

#include "codec/sample_tensors.hpp"

namespace splitbench {
namespace {

TEST(FrameTest, IsNeverLongerThanHeaderAndInputAndTheirPadding) {
  for (const ElementType type : kElementTypes) {
    for (std::uint64_t n = 0; n < kMaxElements; n += n / 3 + 1)
      EXPECT_LE(max_frame_bytes(type, n), 128 + element_bytes(type) * n + 127) << n;
  }
}

TEST(FrameTest, IsSplitzipOnlyWhereThatIsSmaller) {
  for (const ElementType type : kElementTypes) {
    for (std::uint64_t n = 0; n < 9000; ++n) {
      const std::uint64_t capacity = escape_capacity(type, n);
      const bool shrinks = splitzip_frame_bytes(type, n, capacity) < stored_frame_bytes(type, n);
      const FrameKind kind = frame_kind(FrameKind::splitzip, type, n, capacity);
      EXPECT_EQ(kind == FrameKind::splitzip, shrinks) << n;
      EXPECT_EQ(frame_kind(FrameKind::splitzip, type, n, capacity + 1), FrameKind::stored) << n;
    }
    EXPECT_EQ(frame_kind(FrameKind::stored, type, 9000, 0), FrameKind::stored);
  }
}

/// As FORMAT.md has it.
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

TEST(FrameTest, CountsOfEscapesFit32Bits) {
  for (const ElementType type : kElementTypes)
    EXPECT_LT(escape_capacity(type, kMaxElements), std::uint64_t{1} << 32);
}

TEST(FrameTest, ReadsTheHeadersThatItMakes) {
  for (const ElementType type : kElementTypes) {
    for (const FrameKind kind : {FrameKind::stored, FrameKind::splitzip}) {
      const FrameHeader header = make_header(kind, 5000, 7, scattered(type), 42);
      const FrameHeader read = read_header(std::as_bytes(std::span(&header, 1)));
      EXPECT_EQ(read.kind, kind);
      EXPECT_EQ(read.element_type, type);
      EXPECT_EQ(read.escapes, kind == FrameKind::splitzip ? 7u : 0u);
      EXPECT_EQ(read.digest, 42u);
      EXPECT_EQ(header_checksum(read), read.checksum);
      const bool coded = kind == FrameKind::splitzip;
      EXPECT_EQ(read.codebook(), (coded ? scattered(type) : Codebook{{}, type}));
    }
  }
}

TEST(FrameTest, RefusesHalfAHeader) {
  const FrameHeader header = make_header(FrameKind::stored, 0, 0, {}, 0);
  EXPECT_THROW(read_header(std::as_bytes(std::span(&header, 1)).first(127)), BadFrame);
}

}  // namespace
}  // namespace splitbench
