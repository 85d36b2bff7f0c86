#include "codec/frame_file.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "codec/codec.hpp"

namespace splitbench {
namespace {

constexpr std::string_view kPreface = "what stood before the elements";

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// Returns three stored frames: no elements, 10 of bf16 and 20 of fp8.
std::vector<std::byte> three_frames() {
  std::vector<std::byte> frames;
  const auto add = [&](ElementType type, std::size_t n) {
    const std::size_t begin = frames.size();
    frames.resize(begin + max_frame_bytes(type, n));
    const std::vector<std::byte> raw(n * element_bytes(type));
    encode(raw, {.exponents = {}, .element_type = type}, FrameKind::stored,
           std::span(frames).subspan(begin));
  };
  add(ElementType::bf16, 0);
  add(ElementType::bf16, 10);
  add(ElementType::fp8_e4m3, 20);
  return frames;
}

/// Returns a file of the three frames whose header claims `said` of them.
std::vector<std::byte> file_of(std::uint64_t said, std::string_view preface = kPreface) {
  const std::vector<std::byte> frames = three_frames();
  const std::uint64_t bytes = frame_file_start_bytes(preface.size()) + frames.size();
  std::vector<std::byte> file = frame_file_start(said, bytes, bytes_of(preface));
  file.insert(file.end(), frames.begin(), frames.end());
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

TEST(FrameFileTest, GivesItsPrefaceAndItsFramesInOrder) {
  for (const std::string_view preface : {std::string_view(), kPreface}) {
    const std::vector<std::byte> file = file_of(3, preface);
    const FrameFile parts = split_frame_file(file);
    ASSERT_EQ(parts.preface.size(), preface.size());
    EXPECT_TRUE(preface.empty() ||
                std::memcmp(parts.preface.data(), preface.data(), preface.size()) == 0);
    ASSERT_EQ(parts.frames.size(), 3u);
    EXPECT_EQ(read_header(parts.frames[0]).elements, 0u);
    EXPECT_EQ(read_header(parts.frames[1]).element_type, ElementType::bf16);
    EXPECT_EQ(read_header(parts.frames[2]).element_type, ElementType::fp8_e4m3);
  }
}

TEST(FrameFileTest, ItsFramesBeginOnTheirAlignment) {
  const std::vector<std::byte> file = file_of(3);
  for (const auto frame : split_frame_file(file).frames)
    EXPECT_EQ((frame.data() - file.data()) % static_cast<std::ptrdiff_t>(kAlignment), 0);
}

TEST(FrameFileTest, RefusesEveryCutAndWhatFollows) {
  const std::vector<std::byte> file = file_of(3);
  for (std::size_t size = 0; size < file.size(); ++size) {
    const std::vector<std::byte> cut(file.begin(),
                                     file.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_NE(refusal(cut), "accepted") << size;
  }
  std::vector<std::byte> longer = file;
  longer.push_back(std::byte{0});
  EXPECT_NE(refusal(longer), "accepted");
}

TEST(FrameFileTest, RefusesEveryChangeBeforeItsFrames) {
  for (std::size_t i = 0; i < frame_file_start_bytes(kPreface.size()); ++i) {
    std::vector<std::byte> file = file_of(3);
    file[i] ^= std::byte{4};
    EXPECT_NE(refusal(file), "accepted") << i;
  }
}

TEST(FrameFileTest, RefusesAMissingFrameAndOneTooMany) {
  EXPECT_EQ(refusal(file_of(2)), "256 bytes follow the last of 2 frames");
  EXPECT_EQ(refusal(file_of(4)).rfind("frame 3: ", 0), 0u);
  EXPECT_EQ(refusal(file_of(~std::uint64_t{0})).rfind("frame 3: ", 0), 0u);
}

TEST(FrameFileTest, RefusesAPrefaceThatWouldEndBehindTheFile) {
  const std::vector<std::byte> file = file_of(0);
  for (const std::uint64_t size : {std::uint64_t{1} << 20, ~std::uint64_t{0}}) {
    std::vector<std::byte> bad = file;
    std::memcpy(bad.data() + 24, &size, sizeof size);
    const std::uint64_t none = 0;
    std::memcpy(bad.data() + 40, &none, sizeof none);
    const std::uint64_t sum = checksum(std::span(bad).first(kFrameFileHeaderBytes));
    std::memcpy(bad.data() + 40, &sum, sizeof sum);
    EXPECT_EQ(refusal(bad), "the file ends within its preface");
  }
}

TEST(FrameFileTest, NamesTheFrameThatIsWrong) {
  std::vector<std::byte> file = file_of(3);
  file[frame_file_start_bytes(kPreface.size()) + kHeaderBytes] ^= std::byte{1};
  EXPECT_EQ(refusal(file), std::string("frame 1: ") + describe(FrameFault::magic));
}

}  // namespace
}  // namespace splitbench
