#include "workers/device/codec_probe.hpp"

#include <gtest/gtest.h>

namespace splitbench {
namespace {

TEST(MedianCostTest, IsThatOfTheByteInTheMiddleNotOfTheChunkInTheMiddle) {
  const ChunkCost large{.nanoseconds = 400, .bytes = 4000}, small{.nanoseconds = 50, .bytes = 100};
  EXPECT_DOUBLE_EQ(median_cost({large, small, small, small}), 0.1);
  EXPECT_DOUBLE_EQ(median_cost({small}), 0.5);
  EXPECT_EQ(median_cost({}), 0);
}

}  // namespace
}  // namespace splitbench
