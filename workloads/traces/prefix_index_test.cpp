#include "workloads/traces/prefix_index.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>

namespace splitbench {
namespace {

TraceRequest prompt(std::vector<std::uint64_t> ids, std::uint64_t tokens = 1000,
                    std::uint32_t block = 16) {
  return {.input_tokens = tokens, .block_tokens = block, .hash_ids = std::move(ids)};
}

std::uint64_t common(const TraceRequest& a, const TraceRequest& b) {
  const auto differ = std::ranges::mismatch(a.hash_ids, b.hash_ids);
  return static_cast<std::uint64_t>(differ.in1 - a.hash_ids.begin());
}

TEST(PrefixIndexTest, FindsTheFirstRequestThatHadTheLongestPrefix) {
  PrefixIndex index;
  EXPECT_EQ(index.add(0, prompt({1, 2})), SharedPrefix{});
  EXPECT_EQ(index.add(1, prompt({1, 2, 3})), (SharedPrefix{.of = 0, .blocks = 2, .tokens = 32}));
  EXPECT_EQ(index.add(2, prompt({1, 2, 3})), (SharedPrefix{.of = 1, .blocks = 3, .tokens = 48}));
  EXPECT_EQ(index.add(3, prompt({1})), (SharedPrefix{.of = 0, .blocks = 1, .tokens = 16}));
}

TEST(PrefixIndexTest, SharesNothingBehindADifference) {
  PrefixIndex index;
  index.add(0, prompt({1, 2}));
  index.add(1, prompt({3, 4}));
  EXPECT_EQ(index.add(2, prompt({1, 4})), (SharedPrefix{.of = 0, .blocks = 1, .tokens = 16}));
  EXPECT_EQ(index.add(3, prompt({2})), SharedPrefix{});
}

TEST(PrefixIndexTest, SharesNoMoreTokensThanThePromptHas) {
  PrefixIndex index;
  index.add(0, prompt({1, 2}, 20));
  EXPECT_EQ(index.add(1, prompt({1, 2}, 20)).tokens, 20u);
}

TEST(PrefixIndexTest, KeepsBlocksOfOtherSizesApart) {
  PrefixIndex index;
  index.add(0, prompt({1, 2}));
  EXPECT_EQ(index.add(1, prompt({1, 2}, 1000, 64)), SharedPrefix{});
}

TEST(PrefixIndexTest, AgreesWithComparingEachWithAllEarlierOnes) {
  std::mt19937_64 random(1);
  PrefixIndex index;
  std::vector<TraceRequest> earlier;
  for (std::uint64_t i = 0; i < 600; ++i) {
    std::vector<std::uint64_t> ids(random() % 12);
    std::ranges::generate(ids, [&] { return random() % 2; });
    const TraceRequest request = prompt(ids);
    const SharedPrefix shared = index.add(i, request);
    std::uint64_t longest = 0;
    for (const TraceRequest& other : earlier) longest = std::max(longest, common(request, other));
    ASSERT_EQ(shared.blocks, longest);
    if (longest > 0) {
      ASSERT_LT(shared.of, i);
      ASSERT_EQ(common(request, earlier[shared.of]), longest);
    }
    earlier.push_back(request);
  }
}

TEST(PrefixIndexTest, ItsMemoryGrowsWithDistinctPrefixesOnly) {
  PrefixIndex index;
  for (std::uint64_t i = 0; i < 1000; ++i) index.add(i, prompt({1, 2, i % 4}));
  EXPECT_EQ(index.distinct_blocks(), 6u);
}

}  // namespace
}  // namespace splitbench
