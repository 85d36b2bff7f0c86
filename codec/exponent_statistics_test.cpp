#include "codec/exponent_statistics.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <random>
#include <vector>

#include "codec/codec.hpp"

namespace splitbench {
namespace {

ExponentHistogram of(std::initializer_list<std::uint64_t> counts) {
  ExponentHistogram histogram{};
  std::copy(counts.begin(), counts.end(), histogram.begin());
  return histogram;
}

/// Returns peaked and flat histograms, with and without gaps.
std::vector<ExponentHistogram> many_histograms() {
  std::mt19937_64 random(1);
  std::vector<ExponentHistogram> histograms = {of({1}), of({0, 7}), of({5, 5, 5, 5})};
  for (int width : {2, 16, 40, 256}) {
    ExponentHistogram histogram{};
    for (int i = 0; i < width; ++i)
      histogram[static_cast<std::size_t>(i)] = random() % 1000 >> (i % 11);
    ++histogram[0];
    histograms.push_back(histogram);
  }
  return histograms;
}

TEST(ExponentStatisticsTest, EntropyIsTheLogarithmOfEquallyFrequentExponents) {
  EXPECT_EQ(entropy(ExponentHistogram{}), 0);
  EXPECT_EQ(entropy(of({9})), 0);
  EXPECT_DOUBLE_EQ(entropy(of({3, 3})), 1);
  EXPECT_DOUBLE_EQ(entropy(of({7, 7, 7, 7, 7, 7, 7, 7})), 3);
  for (const ExponentHistogram& histogram : many_histograms()) EXPECT_LE(entropy(histogram), 8);
}

TEST(ExponentStatisticsTest, CoverageGrowsWithTheExponentsAndEndsAtAll) {
  EXPECT_DOUBLE_EQ(coverage(of({1, 6, 0, 3}), 1), 0.6);
  EXPECT_DOUBLE_EQ(coverage(of({1, 6, 0, 3}), 2), 0.9);
  EXPECT_EQ(coverage(ExponentHistogram{}, 16), 0);
  for (const ExponentHistogram& histogram : many_histograms()) {
    for (unsigned top = 0; top < 256; ++top)
      EXPECT_LE(coverage(histogram, top), coverage(histogram, top + 1));
    EXPECT_DOUBLE_EQ(coverage(histogram, 256), 1);
  }
}

TEST(ExponentStatisticsTest, AnOwnCodebookEscapesWhatItsSizeDoesNotCover) {
  for (const ExponentHistogram& histogram : many_histograms())
    EXPECT_NEAR(escape_rate(histogram, calibrate(histogram)), 1 - coverage(histogram, 16), 1e-12);
}

TEST(ExponentStatisticsTest, NoOtherCodebookEscapesLessThanTheOwn) {
  const auto histograms = many_histograms();
  for (const ExponentHistogram& data : histograms)
    for (const ExponentHistogram& other : histograms)
      EXPECT_LE(escape_rate(data, calibrate(data)), escape_rate(data, calibrate(other)));
}

TEST(ExponentStatisticsTest, DistancesAreSymmetricBoundedAndZeroOnEquals) {
  const auto histograms = many_histograms();
  for (const ExponentHistogram& a : histograms) {
    ExponentHistogram twice = a;
    twice += a;
    EXPECT_NEAR(jensen_shannon(a, twice), 0, 1e-12);
    EXPECT_NEAR(total_variation(a, twice), 0, 1e-12);
    for (const ExponentHistogram& b : histograms) {
      const double divergence = jensen_shannon(a, b);
      const double variation = total_variation(a, b);
      EXPECT_DOUBLE_EQ(divergence, jensen_shannon(b, a));
      EXPECT_DOUBLE_EQ(variation, total_variation(b, a));
      EXPECT_TRUE(divergence >= 0 && divergence <= variation + 1e-12 && variation <= 1);
      EXPECT_GE(divergence + 1e-12, variation * variation / (2 * std::log(2)));  // Pinsker
    }
  }
}

TEST(ExponentStatisticsTest, DistributionsWithoutACommonExponentAreOneApart) {
  EXPECT_DOUBLE_EQ(jensen_shannon(of({4}), of({0, 9})), 1);
  EXPECT_DOUBLE_EQ(total_variation(of({4}), of({0, 9})), 1);
}

TEST(ExponentStatisticsTest, TotalVariationObeysTheTriangleAndBoundsEscapeRates) {
  const auto histograms = many_histograms();
  for (const ExponentHistogram& a : histograms) {
    for (const ExponentHistogram& b : histograms) {
      for (const ExponentHistogram& c : histograms) {
        EXPECT_LE(total_variation(a, c), total_variation(a, b) + total_variation(b, c) + 1e-12);
        const Codebook codebook = calibrate(c);
        EXPECT_LE(std::abs(escape_rate(a, codebook) - escape_rate(b, codebook)),
                  total_variation(a, b) + 1e-12);
      }
    }
  }
}

TEST(ExponentStatisticsTest, ExpectsExactlyTheFrameThatIsEncoded) {
  std::mt19937_64 random(2);
  for (const ElementType type : kElementTypes) {
    for (const std::size_t n : {0, 3, 800, 40'000}) {
      for (const unsigned mask : {0x0fu, 0x3fu, 0xffu}) {  // no escapes, some, nothing but noise
        std::vector<std::byte> raw(n * element_bytes(type));
        for (std::byte& byte : raw) byte = static_cast<std::byte>(random() & mask);
        const ExponentHistogram histogram = exponent_histogram(raw, type);
        const Codebook codebook = calibrate(histogram, type);
        std::vector<std::byte> frame(max_frame_bytes(type, n));
        const EncodedFrame encoded = encode(raw, codebook, FrameKind::splitzip, frame);
        EXPECT_EQ(expected_frame_bytes(histogram, codebook), encoded.frame_bytes)
            << name(type) << " " << n << " " << mask;
      }
    }
  }
}

TEST(ExponentStatisticsTest, ARankedFrameIsHardlyShorterThanExpected) {
  for (const ElementType type : kElementTypes) {
    for (const std::size_t n : {0, 100, 1000, 2048, 16'384, 50'001}) {
      for (const unsigned spread : {1, 5, 9, 16, 30}) {
        std::mt19937 random(spread);
        std::binomial_distribution<unsigned> exponent(spread);
        std::vector<std::byte> raw(n * element_bytes(type));
        for (std::size_t i = 0; i < n; ++i) {
          const unsigned top = exponent(random) << element_format(type).mantissa_bits;
          for (std::size_t byte = 0; byte < element_bytes(type); ++byte)
            raw[i * element_bytes(type) + byte] = static_cast<std::byte>(top >> 8 * byte);
        }
        const ExponentHistogram histogram = exponent_histogram(raw, type);
        const Codebook codebook = calibrate(histogram, type, FrameKind::ranked);
        std::vector<std::byte> frame(max_frame_bytes(type, n));
        const std::uint64_t bytes = encode(raw, codebook, FrameKind::ranked, frame).frame_bytes;
        const std::uint64_t expected = expected_frame_bytes(histogram, codebook, FrameKind::ranked);
        EXPECT_LE(bytes, expected) << name(type) << " " << n << " " << spread;
        EXPECT_GE(bytes + 4 * ranked_blocks(n) + kAlignment, expected);
      }
    }
  }
}

TEST(ExponentStatisticsTest, NoFrameBeatsTheIdealRatio) {
  for (const ElementType type : kElementTypes) {
    ExponentHistogram histogram{};
    for (unsigned i = 0; i < element_format(type).exponents(); ++i)
      histogram[i] = 1'000'000 >> i % 16;
    const double raw = static_cast<double>(elements(histogram) * element_bytes(type));
    const auto frame =
        static_cast<double>(expected_frame_bytes(histogram, calibrate(histogram, type)));
    EXPECT_GT(ideal_ratio(histogram, type), raw / frame) << name(type);
  }
  EXPECT_DOUBLE_EQ(ideal_ratio(of({1}), ElementType::bf16), 2);
}

}  // namespace
}  // namespace splitbench
