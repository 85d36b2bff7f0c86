#include "codec/codebook.hpp"

#include <gtest/gtest.h>
#include <numeric>
#include <vector>

namespace splitbench {
namespace {

TEST(CodebookTest, HoldsTheMostFrequentExponentsInAscendingOrder) {
  ExponentHistogram histogram{};
  for (std::size_t i = 0; i < 20; ++i) histogram[200 - 3 * i] = 100 - i;
  const Codebook codebook = calibrate(histogram);
  EXPECT_TRUE(codebook.valid());
  EXPECT_EQ(codebook.exponents.front(), 200 - 3 * 15);
  EXPECT_EQ(codebook.exponents.back(), 200);
  EXPECT_EQ(escapes(histogram, codebook), 84u + 83 + 82 + 81);
}

TEST(CodebookTest, PrefersTheLowerOfEquallyFrequentExponents) {
  ExponentHistogram histogram{};
  histogram.fill(5);
  std::array<std::uint8_t, 16> lowest;
  std::iota(lowest.begin(), lowest.end(), std::uint8_t{0});
  EXPECT_EQ(calibrate(histogram).exponents, lowest);
  histogram[255] = 6;
  EXPECT_EQ(calibrate(histogram).exponents.back(), 255);
}

TEST(CodebookTest, IdNamesTheSet) {
  ExponentHistogram a{}, b{};
  for (std::size_t i = 0; i < 16; ++i) {
    a[50 + i] = i + 1;
    b[50 + i] = 100 - i;
  }
  EXPECT_EQ(calibrate(a).id(), calibrate(b).id());
  b[70] = 1000;
  EXPECT_NE(calibrate(a).id(), calibrate(b).id());
}

TEST(CodebookTest, HistogramsOfPiecesAddUp) {
  std::vector<std::uint16_t> elements(65'536);
  std::iota(elements.begin(), elements.end(), std::uint16_t{0});
  const std::span<const std::uint16_t> whole = elements;
  const ExponentHistogram histogram = exponent_histogram(whole);
  for (const std::uint64_t count : histogram) EXPECT_EQ(count, 256u);
  ExponentHistogram sum = exponent_histogram(whole.first(1001));
  sum += exponent_histogram(whole.subspan(1001));
  EXPECT_EQ(sum, histogram);
}

}  // namespace
}  // namespace splitbench
