#include "workers/kv/drift.hpp"

#include <array>
#include <gtest/gtest.h>
#include <string>

#include "codec/digest.hpp"
#include "workers/kv/drift_fixture.hpp"

namespace splitbench {
namespace {

using namespace drift_fixture;

constexpr std::array kOfShare = {DriftKind::outlier_onset, DriftKind::other_model,
                                 DriftKind::kv_mixup,      DriftKind::layer_mixup,
                                 DriftKind::padding,       DriftKind::nan_burst,
                                 DriftKind::all_escapes,   DriftKind::uniform_exponents};

class EveryDrift : public testing::TestWithParam<DriftKind> {};

INSTANTIATE_TEST_SUITE_P(Kinds, EveryDrift,
                         testing::Values(DriftKind::none, DriftKind::scale_shift,
                                         DriftKind::tail_growth, DriftKind::outlier_onset,
                                         DriftKind::other_model, DriftKind::kv_mixup,
                                         DriftKind::layer_mixup, DriftKind::padding,
                                         DriftKind::nan_burst, DriftKind::all_escapes,
                                         DriftKind::alternating, DriftKind::uniform_exponents),
                         [](const auto& test) { return std::string(name_of(test.param)); });

TEST_P(EveryDrift, BeginsWithTheCacheAsItWas) {
  EXPECT_EQ(drift(spec(GetParam()), 0), words_of(cache()));
}

TEST_P(EveryDrift, GivesTheSameBytesForASeed) {
  EXPECT_EQ(drift(spec(GetParam()), 5), drift(spec(GetParam()), 5));
}

TEST_P(EveryDrift, KeepsTheShape) {
  const KvDump after = drifted(cache(), spec(GetParam()), kDriftLevels, kSeed);
  EXPECT_EQ(after.layers, kLayers);
  EXPECT_EQ(after.tokens, kTokens);
  EXPECT_EQ(after.width, kWidth);
  EXPECT_EQ(after.values.size(), cache().values.size());
}

class DriftOfAShare : public testing::TestWithParam<DriftKind> {};

INSTANTIATE_TEST_SUITE_P(Kinds, DriftOfAShare, testing::ValuesIn(kOfShare),
                         [](const auto& test) { return std::string(name_of(test.param)); });

TEST_P(DriftOfAShare, AltersMoreWithEachLevelAndKeepsWhatItAltered) {
  Words before = drift(spec(GetParam(), 1), 0);
  std::vector<bool> altered(before.size());
  for (std::uint32_t level = 1; level <= kDriftLevels; ++level) {
    const Words after = drift(spec(GetParam(), 1), level);
    for (std::size_t i = 0; i < after.size(); ++i)
      if (altered[i]) {
        ASSERT_EQ(after[i], before[i]) << "level " << level << ", element " << i;
      }
    EXPECT_GT(share_of(changed(after)), share_of(altered));
    altered = changed(after);
    before = after;
  }
}

TEST_P(DriftOfAShare, AltersAboutItsShareAndOtherThingsForAnotherSeed) {
  const std::vector<bool> half = changed(drift(spec(GetParam(), 0.5)));
  EXPECT_NEAR(share_of(half), 0.5, 0.09);  // 64 bursts: 0.06 is one standard deviation
  EXPECT_NE(half, changed(drift(spec(GetParam(), 0.5), kDriftLevels, kSeed + 1)));
  EXPECT_EQ(half, changed(drift(spec(GetParam(), 1), kDriftLevels / 2)));
}

/// The cache is counted up, so that nothing but the drift decides its bytes.
TEST(DriftTest, IsTheSameOnEveryMachine) {
  Words words(1 << 14);
  for (std::size_t i = 0; i < words.size(); ++i)
    words[i] = static_cast<std::uint16_t>(0x3c00 + i * 2654435761u % 1024);
  const KvDump counted = dump_of(words, 16);
  const auto sum_of = [&](DriftKind kind) {
    const KvDump moved = drifted(counted, {.kind = kind, .amount = 1.7, .share = 0.4}, 5, kSeed);
    return checksum(std::as_bytes(std::span(moved.values)));
  };
  EXPECT_EQ(sum_of(DriftKind::scale_shift), 3214827873058479485u);
  EXPECT_EQ(sum_of(DriftKind::tail_growth), 120373237411731659u);
  EXPECT_EQ(sum_of(DriftKind::outlier_onset), 7012346523601690283u);
  EXPECT_EQ(sum_of(DriftKind::kv_mixup), 3719675875080581894u);
  EXPECT_EQ(sum_of(DriftKind::nan_burst), 3328473337802232136u);
  EXPECT_EQ(sum_of(DriftKind::all_escapes), 3391792039079016850u);
  EXPECT_EQ(sum_of(DriftKind::uniform_exponents), 820697476991020296u);
}

}  // namespace
}  // namespace splitbench
