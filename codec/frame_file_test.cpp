#include "codec/frame_file.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "codec/codec.hpp"

namespace splitbench {
namespace {

/// Three stored frames, of 0, 10 and 20 elements.
std::vector<std::byte> three_frames() {
  std::vector<std::byte> file(kFrameFileHeaderBytes);
  for (const std::size_t n : {0, 10, 20}) {
    const std::size_t begin = file.size();
    file.resize(begin + max_frame_bytes(n));
    encode(std::vector<std::uint16_t>(n), {}, FrameKind::stored, std::span(file).subspan(begin));
  }
  write_frame_file_header(file, 3);
  return file;
}

std::string refusal(const std::vector<std::byte>& file) {
  try {
    split_frame_file(file);
  } catch (const BadFrame& fault) {
    return fault.what();
  }
  return "accepted";
}

TEST(FrameFileTest, GivesItsFramesInOrder) {
  const std::vector<std::byte> file = three_frames();
  const auto frames = split_frame_file(file);
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(read_header(frames[0]).elements, 0u);
  EXPECT_EQ(read_header(frames[2]).elements, 20u);
}

TEST(FrameFileTest, RefusesEveryCutAndWhatFollows) {
  const std::vector<std::byte> file = three_frames();
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_NE(refusal({file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)}), "accepted")
        << size;
  }
  std::vector<std::byte> longer = file;
  longer.push_back(std::byte{0});
  EXPECT_NE(refusal(longer), "accepted");
}

TEST(FrameFileTest, RefusesEveryChangeOfItsHeader) {
  for (std::size_t i = 0; i < kFrameFileHeaderBytes; ++i) {
    std::vector<std::byte> file = three_frames();
    file[i] ^= std::byte{4};
    EXPECT_NE(refusal(file), "accepted") << i;
  }
}

TEST(FrameFileTest, RefusesAMissingFrameAndOneTooMany) {
  std::vector<std::byte> file = three_frames();
  write_frame_file_header(file, 2);
  EXPECT_EQ(refusal(file), "128 bytes follow the last of 2 frames");
  write_frame_file_header(file, 4);
  EXPECT_EQ(refusal(file).rfind("frame 3: ", 0), 0u);
  write_frame_file_header(file, ~std::uint64_t{0});
  EXPECT_EQ(refusal(file).rfind("frame 3: ", 0), 0u);
}

TEST(FrameFileTest, NamesTheFrameThatIsWrong) {
  std::vector<std::byte> file = three_frames();
  file[kFrameFileHeaderBytes + 80] ^= std::byte{1};
  EXPECT_EQ(refusal(file), std::string("frame 1: ") + describe(FrameFault::magic));
}

}  // namespace
}  // namespace splitbench
