#include "codec/digest.hpp"

#include <bit>
#include <gtest/gtest.h>
#include <numeric>
#include <random>
#include <set>
#include <vector>

namespace splitbench {
namespace {

std::vector<std::byte> counted(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i);
  return bytes;
}

std::vector<std::uint32_t> random_words(std::size_t count, unsigned seed) {
  std::mt19937 draw(seed);
  std::vector<std::uint32_t> words(count);
  for (std::uint32_t& word : words) word = static_cast<std::uint32_t>(draw());
  return words;
}

std::uint64_t digest_of(const std::vector<std::uint32_t>& words) {
  return digest(std::as_bytes(std::span(words)));
}

TEST(DigestTest, SumsAreThoseOfTheFormat) {
  EXPECT_EQ(mix(0, 0), 0x17fb89ee9dcab42a);
  EXPECT_EQ(mix(1, 0), 0x9cb686172189b06a);
  EXPECT_EQ(mix(0, 1), 0xc99d164addff6dc2);
  EXPECT_EQ(mix(~std::uint64_t{0}, std::uint64_t{1} << 32), 0x304bef859aad75ab);
  EXPECT_EQ(checksum(counted(11)), 0x3e47c54903853f60);
  EXPECT_EQ(word_key(0), 0x9dcab42b);
  EXPECT_EQ(word_key(15), 0xfc286dab);
  EXPECT_EQ(column_key(0), 0x17fb89ee9dcab42b);
  EXPECT_EQ(digest(counted(11)), 0x5cc674d70e475e2c);
  EXPECT_EQ(digest(counted(5000)), 0xf9b3d053592e6354);
}

TEST(DigestTest, PiecesAddUp) {
  std::vector<std::uint16_t> elements(5003);
  std::iota(elements.begin(), elements.end(), std::uint16_t{9});
  const std::span<const std::uint16_t> whole = elements;
  const auto bytes = std::as_bytes(whole);
  for (std::size_t words = 0; words <= 1250; ++words) {
    EXPECT_EQ(digest(whole.first(4 * words), 3) + digest(whole.subspan(4 * words), 3 + words),
              digest(whole, 3));
    EXPECT_EQ(checksum(bytes.first(8 * words), 3) + checksum(bytes.subspan(8 * words), 3 + words),
              checksum(bytes, 3));
  }
}

TEST(DigestTest, KeysOfWordsAreOddLargeAndDifferent) {
  std::set<std::uint32_t> keys;
  for (std::uint64_t word = 0; word < 16; ++word) keys.insert(word_key(word));
  EXPECT_EQ(keys.size(), 16u);
  for (const std::uint32_t key : keys) {
    EXPECT_EQ(key % 2, 1u);
    EXPECT_GE(key, std::uint32_t{1} << 31);
  }
}

TEST(DigestTest, SeesEveryChangeWithinAWord) {
  std::vector<std::uint32_t> words = random_words(2048, 1);
  const std::uint64_t before = digest_of(words);
  const std::vector<std::uint32_t> others = random_words(2048, 2);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::uint32_t word = words[i];
    for (int bit = 0; bit < 32; ++bit) {
      words[i] = word ^ 1u << bit;
      EXPECT_NE(digest_of(words), before);
    }
    words[i] = word + (others[i] | 1);
    EXPECT_NE(digest_of(words), before);
    words[i] = word;
  }
}

/// Two bits flipped in words of one column add the same power of two times different keys; the
/// format's page has the proof.
TEST(DigestTest, SeesEveryTwoBitsFlippedInAColumn) {
  for (std::uint64_t i = 0; i < 16; ++i) {
    for (std::uint64_t j = 0; j < i; ++j) {
      for (int a = 0; a < 32; ++a) {
        for (int b = 0; b < 32; ++b) {
          const std::uint64_t first = std::uint64_t{word_key(i)} << a;
          const std::uint64_t second = std::uint64_t{word_key(j)} << b;
          EXPECT_TRUE(first != second && first + second != 0);
        }
      }
    }
  }
}

/// Pages, rows and tiles out of place are how transfers go wrong.
TEST(DigestTest, SeesPiecesThatChangePlaces) {
  const std::vector<std::uint32_t> words = random_words(16'384, 3);
  const std::uint64_t before = digest_of(words);
  for (std::size_t piece = 1; piece <= 4096; piece *= 2) {
    const std::size_t pieces = words.size() / piece;
    for (std::size_t other = 1; other < pieces; other = 2 * other + 1) {
      std::vector<std::uint32_t> swapped = words;
      std::swap_ranges(swapped.begin(), swapped.begin() + static_cast<std::ptrdiff_t>(piece),
                       swapped.begin() + static_cast<std::ptrdiff_t>(other * piece));
      EXPECT_NE(digest_of(swapped), before) << piece << " " << other;
    }
  }
}

TEST(DigestTest, ZerosBehindTheEndDoNotCountInADigestAndDoInAChecksum) {
  EXPECT_EQ(digest(std::span<const std::byte>{}), 0u);
  const std::vector<std::byte> bytes = counted(96);
  std::vector<std::byte> longer = bytes;
  longer.resize(4096);
  EXPECT_EQ(digest(bytes), digest(longer));
  EXPECT_NE(checksum(bytes), checksum(longer));
}

}  // namespace
}  // namespace splitbench
