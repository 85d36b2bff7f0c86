#include <gtest/gtest.h>

#include "sim/run/dispatch/placement.hpp"

namespace splitbench {
namespace {

/// Three turns of a session, each with all before it, and one that shares the system prompt alone.
const std::vector<Request> kTurns = {
    {.id = 0, .prompt_tokens = 100, .output_tokens = 10},
    {.id = 1, .prompt_tokens = 150, .output_tokens = 20, .prefix_of = 0, .prefix_tokens = 110},
    {.id = 2, .prompt_tokens = 300, .output_tokens = 30, .prefix_of = 1, .prefix_tokens = 170},
    {.id = 3, .prompt_tokens = 80, .output_tokens = 5, .prefix_of = 2, .prefix_tokens = 40},
    {.id = 4, .prompt_tokens = 40, .output_tokens = 5, .prefix_of = 3, .prefix_tokens = 40},
};

TEST(PrefixCacheTest, HasNothingOfWhatWasNotServedHere) {
  const PrefixCache cache(kTurns, false);
  for (const Request& request : kTurns) EXPECT_EQ(cache.tokens_of(request.id), 0u);
}

TEST(PrefixCacheTest, APrefillWorkerHasPromptsAndADecodeWorkerTheirOutputsToo) {
  PrefixCache prefill(kTurns, false), decode(kTurns, true);
  prefill.hold(1);
  decode.hold(1);
  EXPECT_EQ(prefill.tokens_of(2), 150u);
  EXPECT_EQ(decode.tokens_of(2), 170u);
}

TEST(PrefixCacheTest, TheNearestForerunnerThatIsHereCounts) {
  PrefixCache cache(kTurns, true);
  cache.hold(0);
  EXPECT_EQ(cache.tokens_of(2), 110u);  // shared by way of request 1, which is elsewhere
  EXPECT_EQ(cache.tokens_of(3), 40u);
  cache.hold(1);
  EXPECT_EQ(cache.tokens_of(2), 170u);
}

TEST(PrefixCacheTest, TheLastTokenIsAlwaysComputed) {
  PrefixCache cache(kTurns, false);
  cache.hold(3);
  EXPECT_EQ(cache.tokens_of(4), 39u);
}

TEST(PrefixCacheTest, ForgetsAllAtOnce) {
  PrefixCache cache(kTurns, false);
  cache.hold(0);
  cache.clear();
  EXPECT_EQ(cache.tokens_of(1), 0u);
}

}  // namespace
}  // namespace splitbench
