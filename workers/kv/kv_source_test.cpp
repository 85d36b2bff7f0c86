#include "workers/kv/kv_source.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <vector>

#include "codec/exponent_statistics.hpp"
#include "codec/fp8_rounding.hpp"
#include "workers/plan/shards.hpp"

namespace splitbench {
namespace {

const ModelGeometry kModel{.name = "small",
                           .layers = 16,
                           .hidden = 256,
                           .attention_heads = 8,
                           .kv_heads = 4,
                           .head_dim = 32};

std::uint64_t start_of(const KvSource& source, std::uint64_t request) {
  return source.start_of({.id = request, .prompt_tokens = 100}, 0);
}

struct KvSourceTest : testing::TestWithParam<ElementType> {
  static KvSource load(std::uint64_t seed = 1) {
    return KvSource::load({}, kModel, GetParam(), seed);
  }
};

TEST_P(KvSourceTest, TheSameSeedGivesTheSameBytesAndAnotherGivesOthers) {
  const KvSource a = load(1), b = load(1), c = load(2);
  EXPECT_TRUE(std::ranges::equal(a.values(), b.values()));
  EXPECT_FALSE(std::ranges::equal(a.values(), c.values()));
  EXPECT_EQ(start_of(a, 7), start_of(b, 7));
}

TEST_P(KvSourceTest, RequestsBeginAtDifferentRowsOfTheirTiles) {
  const KvSource source = load();
  std::set<std::uint64_t> starts;
  for (std::uint64_t request = 0; request < 100; ++request) {
    const std::uint64_t start = start_of(source, request);
    EXPECT_EQ(start % kModel.width(), 0u);
    EXPECT_LT(start, source.tile_elements());
    starts.insert(start);
  }
  EXPECT_GT(starts.size(), 90u);
}

TEST_P(KvSourceTest, TheShardsOfACachePutTogetherAreTheCache) {
  const KvSource whole = load();
  const Job job{.requests = {{.id = 5, .prompt_tokens = 70}, {.id = 6, .prompt_tokens = 33}}};
  const std::uint64_t size = element_bytes(GetParam());
  const auto bytes_of = [&](const KvSource& source, std::uint64_t width) {
    std::vector<std::byte> bytes(103 * width * size);
    source.copy(job, 7, 0, bytes);  // layer 3, V
    return bytes;
  };
  const std::vector<std::byte> cache = bytes_of(whole, kModel.width());
  const Shards shards = plan_shards(kModel, GetParam(), 2, 4);
  ASSERT_EQ(shards.count, 4u);
  std::vector<std::byte> joined(cache.size());
  for (std::uint32_t shard = 0; shard < shards.count; ++shard) {
    ModelGeometry part = kModel;
    part.part = part_of_shard(kModel, shards, shard);
    const std::vector<std::byte> columns =
        bytes_of(KvSource::load({}, part, GetParam(), 1), part.width());
    const std::uint64_t row = part.width() * size;
    for (std::uint64_t token = 0; token < 103; ++token)
      std::copy_n(columns.begin() + static_cast<std::ptrdiff_t>(token * row), row,
                  joined.begin() +
                      static_cast<std::ptrdiff_t>(token * kModel.width() * size + shard * row));
  }
  EXPECT_EQ(joined, cache);
}

TEST_P(KvSourceTest, LayersTakeTheirTilesInOrderAndKFromKAndVFromV) {
  const KvSource source = load();      // eight layers for the model's sixteen
  EXPECT_EQ(source.tile_of(0), 0u);    // layer 0, K
  EXPECT_EQ(source.tile_of(1), 1u);    // layer 0, V
  EXPECT_EQ(source.tile_of(2), 0u);    // layer 1, K: still source layer 0
  EXPECT_EQ(source.tile_of(31), 15u);  // layer 15, V
}

TEST_P(KvSourceTest, AWindowHasTheLastRowsOfWhatAllTokensHave) {
  ModelGeometry windowed = kModel;
  windowed.kinds.assign(windowed.layers, {.window = 10});
  const KvSource all = load(), last = KvSource::load({}, windowed, GetParam(), 1);
  const Job job{.requests = {{.id = 3, .prompt_tokens = 7}, {.id = 4, .prompt_tokens = 500}}};
  const std::uint64_t row = kModel.width() * element_bytes(GetParam());
  for (const std::uint32_t tensor : {0u, 5u, 31u}) {
    std::vector<std::byte> whole(507 * row), window(17 * row);
    all.copy(job, tensor, 0, whole);
    last.copy(job, tensor, 0, window);
    EXPECT_TRUE(
        std::ranges::equal(std::span(window).first(7 * row), std::span(whole).first(7 * row)));
    EXPECT_TRUE(
        std::ranges::equal(std::span(window).last(10 * row), std::span(whole).last(10 * row)));
  }
}

TEST_P(KvSourceTest, IsTheBf16SourceRoundedWithHistogramsOfWhatItBecame) {
  const KvSource bf16 = KvSource::load({}, kModel, ElementType::bf16, 1), source = load();
  EXPECT_EQ(start_of(source, 5), start_of(bf16, 5));
  EXPECT_EQ(source.tile_bytes(), source.tile_elements() * element_bytes(GetParam()));
  EXPECT_EQ(source.values().size(), 16 * source.tile_bytes());
  std::vector<std::uint16_t> words(bf16.tile_elements());
  for (const std::uint32_t tile : {0u, 15u}) {
    std::memcpy(words.data(), bf16.tile_at(tile).data(), bf16.tile_bytes());
    EXPECT_TRUE(std::ranges::equal(source.tile_at(tile), as_type(words, GetParam())));
    const ExponentHistogram histogram = exponent_histogram(source.tile_at(tile), GetParam());
    EXPECT_EQ(source.histogram(tile), histogram);
  }
}

INSTANTIATE_TEST_SUITE_P(Types, KvSourceTest,
                         testing::Values(ElementType::bf16, ElementType::fp8_e5m2,
                                         ElementType::fp8_e4m3),
                         [](const auto& param) { return std::string(name(param.param)); });

TEST(KvSourceCopyTest, CopyRoundWrapsAroundItsTile) {
  const std::array<std::uint8_t, 4> tile = {0, 1, 2, 3};
  std::array<std::uint8_t, 10> out;
  copy_round(std::as_bytes(std::span(tile)), 3, std::as_writable_bytes(std::span(out)));
  EXPECT_EQ(out, (std::array<std::uint8_t, 10>{3, 0, 1, 2, 3, 0, 1, 2, 3, 0}));
}

}  // namespace
}  // namespace splitbench
