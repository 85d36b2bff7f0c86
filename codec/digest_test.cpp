#include "codec/digest.hpp"

#include <gtest/gtest.h>
#include <numeric>
#include <vector>

namespace splitbench {
namespace {

TEST(DigestTest, MixesTheVectorsOfTheFormat) {
  EXPECT_EQ(mix(0, 0), 0x17fb89ee9dcab42a);
  EXPECT_EQ(mix(1, 0), 0x9cb686172189b06a);
  EXPECT_EQ(mix(0, 1), 0xc99d164addff6dc2);
  EXPECT_EQ(mix(~std::uint64_t{0}, std::uint64_t{1} << 32), 0x304bef859aad75ab);
  std::vector<std::byte> bytes(11);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
  EXPECT_EQ(digest(bytes), 0x3e47c54903853f60);
}

TEST(DigestTest, PiecesAddUp) {
  std::vector<std::uint16_t> elements(1003);
  std::iota(elements.begin(), elements.end(), std::uint16_t{9});
  const std::span<const std::uint16_t> whole = elements;
  for (std::size_t words = 0; words <= 250; ++words) {
    EXPECT_EQ(digest(whole.first(4 * words), 3) + digest(whole.subspan(4 * words), 3 + words),
              digest(whole, 3));
  }
}

TEST(DigestTest, SeesEveryFlippedBitAndEverySwap) {
  std::vector<std::uint16_t> elements(64, 0x3f80);
  elements[9] = 0x4000;
  const std::uint64_t before = digest(elements);
  for (std::uint16_t& element : elements) {
    for (int bit = 0; bit < 16; ++bit) {
      element ^= static_cast<std::uint16_t>(1 << bit);
      EXPECT_NE(digest(elements), before);
      element ^= static_cast<std::uint16_t>(1 << bit);
    }
  }
  std::swap(elements[9], elements[13]);  // the same place in another word
  EXPECT_NE(digest(elements), before);
}

TEST(DigestTest, OfNothingIsZeroButZerosCount) {
  EXPECT_EQ(digest(std::span<const std::byte>{}), 0u);
  EXPECT_NE(digest(std::vector<std::uint16_t>(4)), digest(std::vector<std::uint16_t>(8)));
}

}  // namespace
}  // namespace splitbench
