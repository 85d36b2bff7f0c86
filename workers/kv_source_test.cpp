#include "workers/kv_source.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>
#include <set>

#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

const ModelGeometry kModel{.name = "small",
                           .layers = 16,
                           .hidden = 256,
                           .attention_heads = 8,
                           .kv_heads = 4,
                           .head_dim = 32};

double entropy(const ExponentHistogram& histogram) {
  const double total =
      static_cast<double>(std::accumulate(histogram.begin(), histogram.end(), 0ull));
  double bits = 0;
  for (const auto n : histogram)
    if (n > 0) bits -= static_cast<double>(n) / total * std::log2(static_cast<double>(n) / total);
  return bits;
}

TEST(KvSourceTest, TheSameSeedGivesTheSameBytesAndAnotherGivesOthers) {
  const KvSource a = KvSource::load({}, kModel, 1), b = KvSource::load({}, kModel, 1),
                 c = KvSource::load({}, kModel, 2);
  EXPECT_TRUE(std::ranges::equal(a.values(), b.values()));
  EXPECT_FALSE(std::ranges::equal(a.values(), c.values()));
  EXPECT_EQ(a.start_of(7), b.start_of(7));
}

TEST(KvSourceTest, RequestsBeginAtDifferentRowsOfTheirTiles) {
  const KvSource source = KvSource::load({}, kModel, 1);
  std::set<std::uint64_t> starts;
  for (std::uint64_t request = 0; request < 100; ++request) {
    const std::uint64_t start = source.start_of(request);
    EXPECT_EQ(start % kModel.width(), 0u);
    EXPECT_LT(start, source.tile_elements());
    starts.insert(start);
  }
  EXPECT_GT(starts.size(), 90u);
}

TEST(KvSourceTest, LayersTakeTheirTilesInOrderAndKFromKAndVFromV) {
  const KvSource source = KvSource::load({}, kModel, 1);  // eight layers for the model's sixteen
  EXPECT_EQ(source.tile_of(0), 0u);                       // layer 0, K
  EXPECT_EQ(source.tile_of(1), 1u);                       // layer 0, V
  EXPECT_EQ(source.tile_of(2), 0u);                       // layer 1, K: still source layer 0
  EXPECT_EQ(source.tile_of(31), 15u);                     // layer 15, V
}

TEST(KvSourceTest, TheLlmProfileLiesWherePublishedLayersDo) {
  const KvSource source = KvSource::load({}, kModel, 1);
  for (std::uint32_t tile = 0; tile < 16; ++tile) {
    const double bits = entropy(exponent_histogram(source.tile_at(tile)));
    EXPECT_GT(bits, 2.5) << "tile " << tile;
    EXPECT_LT(bits, 3.1) << "tile " << tile;
    EXPECT_LT(source.escape_rate(tile), 0.002) << "tile " << tile;
  }
}

TEST(KvSourceTest, AnUnknownProfileIsRefusedByName) {
  EXPECT_THROW(KvSource::load({.profile = "lama"}, kModel, 1), InputError);
}

TEST(KvSourceTest, CopyRoundWrapsAroundItsTile) {
  const std::vector<std::uint16_t> tile = {0, 1, 2, 3};
  std::vector<std::uint16_t> out(10);
  copy_round(tile, 3, out);
  EXPECT_EQ(out, (std::vector<std::uint16_t>{3, 0, 1, 2, 3, 0, 1, 2, 3, 0}));
}

}  // namespace
}  // namespace splitbench
