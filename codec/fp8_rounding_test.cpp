#include "codec/fp8_rounding.hpp"

#include <gtest/gtest.h>

#include "codec/testing/sample_tensors.hpp"

namespace splitbench {
namespace {

/// Returns the number that an FP8 element represents, or NaN if it is none.
float value_of(unsigned element, ElementType type) {
  const ElementFormat format = element_format(type);
  const unsigned exponent = format.exponent(element);
  const unsigned mantissa = element & ((1u << format.mantissa_bits) - 1);
  const int bias = type == ElementType::fp8_e5m2 ? 15 : 7;
  const bool finite = type == ElementType::fp8_e5m2 ? exponent < 31 : (element & 0x7f) != 0x7f;
  if (!finite) return std::nanf("");
  const unsigned implicit = exponent == 0 ? 0 : 1u << format.mantissa_bits;
  const float magnitude = std::ldexp(
      static_cast<float>(implicit + mantissa),
      static_cast<int>(std::max(exponent, 1u)) - bias - static_cast<int>(format.mantissa_bits));
  return element >> 7 ? -magnitude : magnitude;
}

TEST(Fp8RoundingTest, LeavesWhatIsExactAsItIs) {
  for (const ElementType type : {ElementType::fp8_e5m2, ElementType::fp8_e4m3}) {
    for (unsigned element = 0; element < 256; ++element) {
      const float value = value_of(element, type);
      if (std::isnan(value)) continue;
      EXPECT_EQ(round_to_fp8(value, type), element);
    }
  }
}

TEST(Fp8RoundingTest, TakesTheNearerNeighbourAndOfTwoTheEvenOne) {
  for (const ElementType type : {ElementType::fp8_e5m2, ElementType::fp8_e4m3}) {
    for (unsigned lower = 0; lower < 0x7e; ++lower) {
      const float low = value_of(lower, type), high = value_of(lower + 1, type);
      if (std::isnan(high)) continue;
      const float middle = (low + high) / 2;
      EXPECT_EQ(round_to_fp8(middle, type), lower + lower % 2);
      EXPECT_EQ(round_to_fp8(std::nextafter(middle, low), type), lower);
      EXPECT_EQ(round_to_fp8(std::nextafter(middle, high), type), lower + 1);
    }
  }
}

TEST(Fp8RoundingTest, SaturatesToTheLargestFiniteNumber) {
  for (const float large : {1e6f, INFINITY}) {
    EXPECT_EQ(round_to_fp8(large, ElementType::fp8_e5m2), 0x7b);
    EXPECT_EQ(round_to_fp8(-large, ElementType::fp8_e4m3), 0xfe);
  }
}

}  // namespace
}  // namespace splitbench
