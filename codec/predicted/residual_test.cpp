#include "codec/predicted/residual.hpp"

#include <gtest/gtest.h>

namespace splitbench {
namespace {

TEST(ResidualTest, AnElementIsItsSymbolItsExponentAndItsLowestBits) {
  for (const std::int32_t lowest : {-60, 0, 105, 250}) {
    for (std::uint32_t element = 0; element < 65'536; ++element) {
      const bool negative = element % 3 == 0;
      const std::uint32_t symbol = symbol_of(element, negative, lowest);
      ASSERT_LT(symbol, kSymbols);
      const bool far = distance_of(symbol) == kFarExponent;
      const std::uint32_t exponent =
          far ? element >> 7 & 0xff
              : static_cast<std::uint32_t>(lowest + static_cast<std::int32_t>(distance_of(symbol)));
      ASSERT_EQ(element_of(symbol, negative, exponent, element & 63), element);
    }
  }
}

TEST(ResidualTest, SizesHaveAClassForEachHalfOctave) {
  EXPECT_EQ(size_class(0), 0u);
  EXPECT_EQ(size_class(47), 0u);
  EXPECT_EQ(size_class(48), 1u);
  EXPECT_EQ(size_class(63), 1u);
  EXPECT_EQ(size_class(64), 2u);
  EXPECT_EQ(size_class(6143), 14u);
  EXPECT_EQ(size_class(6144), 15u);
  EXPECT_EQ(size_class(2 * kMaxPrediction), 15u);
  for (std::int32_t size = 1; size < 10'000; ++size) {
    EXPECT_GE(size_class(size), size_class(size - 1));
    EXPECT_EQ(size_class(size), size_class(-size));
  }
}

TEST(ResidualTest, TheLargestSumsStayWithinAPrediction) {
  constexpr std::int32_t kSum = 3 * static_cast<std::int32_t>(kMaxPredictedRow) * 127 * 127;
  const PredictedChannel most{.multiplier = kMaxMultiplier, .bias = kMaxPrediction};
  const PredictedChannel least{.multiplier = -kMaxMultiplier, .bias = -kMaxPrediction};
  EXPECT_EQ(scaled(kSum, most), kMaxPrediction);
  EXPECT_EQ(scaled(kSum, least), -kMaxPrediction);
  EXPECT_EQ(scaled(-kSum, most), -kMaxPrediction);
  EXPECT_EQ(scaled(0, most), kMaxPrediction);
}

TEST(ResidualTest, ScalesSayWhereExponentsLie) {
  EXPECT_EQ(exponent_range(0).lowest, 105);  // a scale of 1, whose exponent is 127
  EXPECT_EQ(exponent_range(0).fraction, 0u);
  EXPECT_EQ(exponent_range(7).fraction, 0u);
  EXPECT_EQ(exponent_range(8).fraction, 1u);
  EXPECT_EQ(exponent_range(16).lowest, 106);
  EXPECT_EQ(exponent_range(-1).lowest, 104);
  EXPECT_EQ(exponent_range(-1).fraction, 1u);
}

}  // namespace
}  // namespace splitbench
