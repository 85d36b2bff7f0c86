#include "codec/frame.hpp"

#include <gtest/gtest.h>

namespace splitbench {
namespace {

TEST(FrameTest, IsNeverLongerThanItsInputPlusAThousandthPlus4KiB) {
  for (std::uint64_t n = 0; n < kMaxElements; n += n / 3 + 1) {
    EXPECT_LE(max_frame_bytes(n), 2 * n + 2 * n / 1000 + 4096) << n;
  }
}

TEST(FrameTest, IsSplitzipOnlyWhereThatIsSmaller) {
  for (std::uint64_t n = 0; n < 5000; ++n) {
    const std::uint64_t capacity = escape_capacity(n);
    const bool shrinks = splitzip_frame_bytes(n, capacity) < stored_frame_bytes(n);
    EXPECT_EQ(frame_kind(FrameKind::splitzip, n, capacity) == FrameKind::splitzip, shrinks) << n;
    EXPECT_EQ(frame_kind(FrameKind::splitzip, n, capacity + 1), FrameKind::stored) << n;
  }
  EXPECT_EQ(frame_kind(FrameKind::stored, 5000, 0), FrameKind::stored);
}

TEST(FrameTest, CountsOfEscapesFit32Bits) {
  EXPECT_LT(escape_capacity(kMaxElements), std::uint64_t{1} << 32);
}

TEST(FrameTest, ReadsTheHeadersThatItMakes) {
  const Codebook codebook{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 200}};
  for (const FrameKind kind : {FrameKind::stored, FrameKind::splitzip}) {
    const FrameHeader header = make_header(kind, 1000, 7, codebook, 42);
    const FrameHeader read = read_header(std::as_bytes(std::span(&header, 1)));
    EXPECT_EQ(read.kind, kind);
    EXPECT_EQ(read.escapes, kind == FrameKind::splitzip ? 7u : 0u);
    EXPECT_EQ(read.digest, 42u);
    EXPECT_EQ(header_checksum(read), read.checksum);
  }
}

TEST(FrameTest, RefusesHalfAHeader) {
  const FrameHeader header = make_header(FrameKind::stored, 0, 0, {}, 0);
  EXPECT_THROW(read_header(std::as_bytes(std::span(&header, 1)).first(79)), BadFrame);
}

}  // namespace
}  // namespace splitbench
