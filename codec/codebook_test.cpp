#include "codec/codebook.hpp"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <numeric>
#include <vector>

#include "codec/cpu/block.hpp"
#include "codec/testing/sample_tensors.hpp"

namespace splitbench {
namespace {

/// Looks a code up in the layers, as vectors do.
std::uint8_t layered_code(const CodeTable& table, unsigned exponent) {
  for (const CodeTable::Layer& layer : table.layers()) {
    if (layer.exponents[exponent % 16] == exponent) return layer.codes[exponent % 16];
  }
  return CodeTable::kEscaped;
}

TEST(CodebookTest, HoldsTheMostFrequentExponentsInAscendingOrder) {
  ExponentHistogram histogram{};
  for (std::size_t i = 0; i < 20; ++i) histogram[200 - 3 * i] = 100 - i;
  const Codebook codebook = calibrate(histogram);
  EXPECT_TRUE(codebook.valid());
  EXPECT_EQ(codebook.exponents.front(), 200 - 3 * 15);
  EXPECT_EQ(codebook.exponents.back(), 200);
  EXPECT_EQ(escapes(histogram, codebook), 84u + 83 + 82 + 81);
}

TEST(CodebookTest, RanksTheMostFrequentExponentsFirst) {
  ExponentHistogram histogram{};
  for (std::size_t i = 0; i < 20; ++i) histogram[200 - 3 * i] = 100 - i;
  const Codebook codebook = calibrate(histogram, ElementType::bf16, FrameKind::ranked);
  EXPECT_TRUE(codebook.valid(FrameKind::ranked));
  EXPECT_FALSE(codebook.valid());
  EXPECT_EQ(codebook.size(FrameKind::ranked), 13u);
  for (std::size_t rank = 0; rank < 13; ++rank)
    EXPECT_EQ(codebook.exponents[rank], 200 - 3 * static_cast<int>(rank));
  EXPECT_EQ(escapes(histogram, codebook, FrameKind::ranked), 87u + 86 + 85 + 84 + 83 + 82 + 81);
}

/// Exponents that do not occur must not make a codebook slower.
TEST(CodebookTest, RanksNeighboursWhereTooFewExponentsOccur) {
  ExponentHistogram histogram{};
  histogram[120] = 9;
  histogram[122] = 5;
  const Codebook codebook = calibrate(histogram, ElementType::bf16, FrameKind::ranked);
  const std::array<std::uint8_t, 16> expected{120, 122, 119, 121, 118, 117, 123,
                                              116, 124, 115, 125, 114, 126};
  EXPECT_EQ(codebook.exponents, expected);
}

TEST(CodebookTest, RanksAreDifferentExponentsOfTheirType) {
  for (const ElementType type : kElementTypes) {
    for (const Codebook& codebook : sample_codebooks(type, FrameKind::ranked))
      EXPECT_TRUE(codebook.valid(FrameKind::ranked));
    Codebook bad = for_kind(FrameKind::ranked, window(type));
    bad.exponents[8] = bad.exponents[0];
    EXPECT_FALSE(bad.valid(FrameKind::ranked));
    bad = for_kind(FrameKind::ranked, window(type));
    bad.exponents[15] = 1;
    EXPECT_FALSE(bad.valid(FrameKind::ranked));
  }
  Codebook high = for_kind(FrameKind::ranked, window(ElementType::fp8_e4m3));
  high.exponents[0] = 16;
  EXPECT_FALSE(high.valid(FrameKind::ranked));
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

TEST(CodebookTest, CountsTheExponentsOfEveryType) {
  for (const ElementType type : kElementTypes) {
    const ElementFormat format = element_format(type);
    const std::vector<std::byte> all = all_patterns(type);
    const ExponentHistogram histogram = exponent_histogram(all, type);
    const std::uint64_t each = all.size() / format.bytes / format.exponents();
    for (unsigned exponent = 0; exponent < 256; ++exponent)
      EXPECT_EQ(histogram[exponent], exponent < format.exponents() ? each : 0u);
    EXPECT_EQ(escapes(histogram, window(type)), each * (format.exponents() - format.codes()));
  }
}

TEST(CodebookTest, IsOfItsTypesSizeAndWithinItsExponents) {
  for (const ElementType type : kElementTypes) {
    for (const Codebook& codebook : sample_codebooks(type)) EXPECT_TRUE(codebook.valid());
    const unsigned exponents = element_format(type).exponents();
    EXPECT_TRUE(window(type, exponents - window(type).size()).valid());
    EXPECT_FALSE(window(type, exponents - window(type).size() + 1).valid());
    Codebook twice = window(type);
    twice.exponents[1] = twice.exponents[0];
    EXPECT_FALSE(twice.valid());
    EXPECT_EQ(calibrate(exponent_histogram(like_a_cache(type, 10'000), type), type).size(),
              element_format(type).codes());
  }
  Codebook ninth = window(ElementType::fp8_e4m3, 0);
  ninth.exponents[8] = 8;
  EXPECT_FALSE(ninth.valid());
}

TEST(CodebookTest, IdNamesTheTypeToo) {
  Codebook codebook = window(ElementType::bf16, 3);
  const std::uint64_t id = codebook.id();
  codebook.element_type = ElementType::fp8_e5m2;
  EXPECT_NE(codebook.id(), id);
}

TEST(CodeTableTest, KnowsTheCodeOfEachExponent) {
  for (const ElementType type : kElementTypes) {
    for (const Codebook& codebook : sample_codebooks(type)) {
      const CodeTable table(codebook);
      const auto end = codebook.exponents.begin() + codebook.size();
      for (unsigned exponent = 0; exponent < 256; ++exponent) {
        const auto found = std::find(codebook.exponents.begin(), end, exponent);
        const auto code = found == end
                              ? CodeTable::kEscaped
                              : static_cast<std::uint8_t>(found - codebook.exponents.begin());
        EXPECT_EQ(table.code_of(exponent), code);
        EXPECT_EQ(layered_code(table, exponent), code);
      }
      for (unsigned code = 0; code < codebook.size(); ++code) {
        EXPECT_EQ(table.exponent_of(code), codebook.exponents[code]);
      }
    }
  }
}

TEST(CodeTableTest, HasAsFewLayersAsItsCodebookAllows) {
  EXPECT_EQ(CodeTable(window()).layers().size(), 1u);
  EXPECT_EQ(CodeTable(window_and_zero(ElementType::bf16)).layers().size(), 2u);
  EXPECT_EQ(CodeTable(scattered(ElementType::bf16)).layers().size(), 1u);
  EXPECT_EQ(CodeTable(stacked(ElementType::bf16)).layers().size(), 16u);
}

}  // namespace
}  // namespace splitbench
