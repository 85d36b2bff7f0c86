#include <cmath>
#include <gtest/gtest.h>
#include <set>

#include "workers/kv/drift.hpp"
#include "workers/kv/drift_fixture.hpp"

namespace splitbench {
namespace {

using namespace drift_fixture;

TEST(DriftKindsTest, AScaleShiftMovesEveryExponentAndNothingElse) {
  const Words before = words_of(cache()), after = drift(spec(DriftKind::scale_shift));
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (exponent_of(before[i]) == 0) continue;
    ASSERT_EQ(after[i], before[i] + (3 << 7));
  }
  EXPECT_EQ(after, drift(spec(DriftKind::alternating)));
  EXPECT_GT(escape_rate_of(after), 3 * escape_rate_of(before));
}

TEST(DriftKindsTest, AScaleShiftRoundsEveryWordToTheNearest) {
  Words before(65536);
  for (std::size_t i = 0; i < before.size(); ++i) before[i] = static_cast<std::uint16_t>(i);
  const DriftSpec half{.kind = DriftKind::scale_shift, .amount = 0.5};
  const Words after = words_of(drifted(dump_of(before, 64), half, kDriftLevels, kSeed));
  for (std::uint32_t i = 0; i < after.size(); ++i) {
    const double exact = double{value_of(i)} * std::sqrt(2.0);
    if (exponent_of(before[i]) == 255) {
      ASSERT_EQ(after[i], i);  // not finite: unchanged, payload included
    } else if (std::abs(exact) < 3.38e38) {
      const double error = std::abs(value_of(after[i]) - exact);
      const std::uint32_t magnitude = after[i] & 0x7fff;
      for (const std::uint32_t near : {magnitude + 1, magnitude - 1}) {
        if (near >= 0x7f80) continue;
        ASSERT_LE(error, std::abs(value_of(near) - std::abs(exact))) << i;
      }
    }
  }
}

TEST(DriftKindsTest, TailsGrowByTheAmountInLn) {
  const Words before = words_of(cache());
  DriftSpec tail = spec(DriftKind::tail_growth);
  tail.amount = 1;
  for (const std::uint32_t level : {2u, 8u}) {
    const Words after = drift(tail, level);
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
      const double ratio = std::log(value_of(after[i]) / value_of(before[i]));
      sum += ratio;
      squares += ratio * ratio;
    }
    const auto n = static_cast<double>(before.size());
    EXPECT_NEAR(sum / n, 0, 0.02);
    EXPECT_NEAR(std::sqrt(squares / n), level / 8.0, 0.01);
  }
}

TEST(DriftKindsTest, OutliersAreWholeChannelsThatGrowByAllOfTheAmount) {
  const Words before = words_of(cache());
  const Words after = drift(spec(DriftKind::outlier_onset), 3);
  const std::vector<bool> altered = changed(after);
  for (std::size_t i = 0; i < after.size(); ++i) {
    const std::size_t tensor = i / (kTokens * kWidth), channel = i % kWidth;
    ASSERT_EQ(altered[i], altered[tensor * kTokens * kWidth + channel]);
    if (!altered[i]) continue;
    ASSERT_EQ(exponent_of(after[i]), exponent_of(before[i]) + 3);
  }
}

TEST(DriftKindsTest, AnotherModelsTokensAreThoseOfItsProfile) {
  const Words after = drift(spec(DriftKind::other_model, 1));
  const Words other = words_of(make_kv(profile(30, 20), kLayers, kTokens, kWidth, 99));
  EXPECT_LT(total_variation(exponent_histogram(after), exponent_histogram(other)), 0.02);
  EXPECT_GT(escape_rate_of(after), 0.1);
}

TEST(DriftKindsTest, KAndVChangePlacesAndTwiceIsNotAtAll) {
  const Words before = words_of(cache()), after = drift(spec(DriftKind::kv_mixup, 1));
  EXPECT_EQ(row(after, 0, 5), row(before, 1, 5));
  EXPECT_EQ(row(after, 7, 9), row(before, 6, 9));
  const DriftSpec all = spec(DriftKind::kv_mixup, 1);
  EXPECT_EQ(words_of(drifted(drifted(cache(), all, 8, kSeed), all, 8, kSeed)), before);
}

TEST(DriftKindsTest, LayersAreMixedUpWithThoseHalfAModelAway) {
  const Words before = words_of(cache()), after = drift(spec(DriftKind::layer_mixup, 1));
  for (std::uint32_t tensor = 0; tensor < 2 * kLayers; ++tensor)
    EXPECT_EQ(row(after, tensor, 3), row(before, (tensor + kLayers) % (2 * kLayers), 3));
}

TEST(DriftKindsTest, OneLayerHasNoneToBeMixedUpWith) {
  const KvDump one = make_kv(profile(1, 1), 1, 16, 8, 1);
  EXPECT_EQ(drifted(one, spec(DriftKind::layer_mixup, 1), 8, kSeed).values, one.values);
}

TEST(DriftKindsTest, PaddingIsTokensOfZerosInAllLayers) {
  const Words after = drift(spec(DriftKind::padding));
  for (std::uint64_t token = 0; token < kTokens; ++token) {
    const bool padding = row(after, 0, token) == Words(kWidth);
    for (std::uint32_t tensor = 0; tensor < 2 * kLayers; ++tensor)
      ASSERT_EQ(row(after, tensor, token) == Words(kWidth), padding);
  }
  EXPECT_NEAR(escape_rate_of(after), 0.5, 0.05);
}

TEST(DriftKindsTest, BurstsOfNansKeepPayloadsOfEveryKind) {
  const Words after = drift(spec(DriftKind::nan_burst));
  const std::vector<bool> altered = changed(after);
  std::set<std::uint16_t> found;
  for (std::size_t i = 0; i < after.size(); ++i) {
    ASSERT_EQ(altered[i], altered[i - i % (std::size_t{64} * kWidth)]);
    ASSERT_EQ(altered[i], exponent_of(after[i]) == 255);
    if (altered[i]) found.insert(after[i]);
  }
  EXPECT_EQ(found.size(), 256u);  // both signs, quiet and signalling, each payload, and infinities
}

TEST(DriftKindsTest, AllEscapesKeepSignsAndMantissasAndHaveExponentsFarOutside) {
  const Words before = words_of(cache()), after = drift(spec(DriftKind::all_escapes));
  const std::vector<bool> altered = changed(after);
  std::set<int> exponents;
  for (std::size_t i = 0; i < after.size(); ++i) {
    ASSERT_EQ(after[i] & 0x807f, before[i] & 0x807f);
    if (altered[i]) exponents.insert(exponent_of(after[i]));
  }
  EXPECT_EQ(exponents.size(), 48u);
  EXPECT_EQ(*exponents.begin(), 192);
  EXPECT_EQ(*exponents.rbegin(), 239);
  EXPECT_NEAR(escape_rate_of(after), 0.5, 0.01);
}

TEST(DriftKindsTest, UniformExponentsAreAllEquallyLikely) {
  const Words after = drift(spec(DriftKind::uniform_exponents, 1));
  const ExponentHistogram histogram = exponent_histogram(after);
  EXPECT_GT(entropy(histogram), 7.99);
  EXPECT_NEAR(escape_rate_of(after), 240.0 / 256, 0.002);
}

}  // namespace
}  // namespace splitbench
