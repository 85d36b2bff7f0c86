#include "reports/quantity_text.hpp"

#include <gtest/gtest.h>

namespace splitbench {
namespace {

TEST(QuantityTextTest, PicksTheUnitThatReadsBest) {
  EXPECT_EQ(quantity_text(25e9, "bit/s"), "25 Gbit/s");
  EXPECT_EQ(quantity_text(400e6, "bit/s"), "400 Mbit/s");
  EXPECT_EQ(quantity_text(0.0125, "s"), "12.5 ms");
  EXPECT_EQ(quantity_text(90, "s"), "90 s");
  EXPECT_EQ(quantity_text(41e-6, "s"), "41 µs");
  EXPECT_EQ(quantity_text(1.2e9, "bytes"), "1.2 GB");
  EXPECT_EQ(quantity_text(0.00125, "share"), "0.125 %");
  EXPECT_EQ(quantity_text(1.3333333, "ratio"), "1.333");
  EXPECT_EQ(quantity_text(12.5, "1/s"), "12.5 1/s");
}

TEST(QuantityTextTest, ARateWithoutALimitIsNoNumber) {
  EXPECT_EQ(quantity_text(kUnlimitedRate, "bit/s"), "unlimited");
  EXPECT_EQ(quantity_text(kUnlimitedRate / 2, "bit/s"), "500 Tbit/s");
  EXPECT_EQ(quantity_text(kUnlimitedRate, "bytes"), "1000 TB");
}

TEST(QuantityTextTest, GivesZeroTheBaseUnit) {
  EXPECT_EQ(quantity_text(0, "s"), "0 s");
  EXPECT_EQ(quantity_text(0, "bytes"), "0 B");
}

TEST(QuantityTextTest, KeepsEveryDigitBeforeThePoint) {
  EXPECT_EQ(quantity_text(9999.4, "s"), "9999 s");
  EXPECT_EQ(quantity_text(12345.6, "s"), "12346 s");
  EXPECT_EQ(quantity_text(1234567, "count"), "1234567");
}

TEST(QuantityTextTest, NeverPicksAUnitBelowTheSmallest) {
  EXPECT_EQ(quantity_text(5e-10, "s"), "0.5 ns");
  EXPECT_EQ(quantity_text(0.25, "bytes"), "0.25 B");
}

TEST(QuantityTextTest, KnowsTheSizeOfEveryUnitThatItPrints) {
  for (const char* base : {"s", "bytes", "bit/s", "1/s"})
    for (const double value : {1e-9, 1e-6, 1e-3, 1., 1e3, 1e6, 1e9, 1e12}) {
      const Scale scale = scale_for(value, base);
      EXPECT_DOUBLE_EQ(unit_size(scale.unit, base).value() * scale.factor, 1);
    }
  EXPECT_EQ(unit_size("us", "s"), unit_size("µs", "s"));
  EXPECT_EQ(unit_size("ms", "bytes"), std::nullopt);
}

}  // namespace
}  // namespace splitbench
