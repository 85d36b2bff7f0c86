#include "network/fifo.hpp"

#include <deque>
#include <gtest/gtest.h>
#include <random>

namespace splitbench {
namespace {

TEST(FifoTest, GivesBackWhatCameFirst) {
  Fifo<int> fifo;
  std::deque<int> expected;
  std::mt19937 random(1);
  for (int i = 0; i < 10'000; ++i) {
    if (expected.empty() || random() % 2 == 0) {
      fifo.push_back(i);
      expected.push_back(i);
    } else {
      ASSERT_EQ(fifo.front(), expected.front());
      ASSERT_EQ(fifo.take_front(), expected.front());
      expected.pop_front();
    }
    ASSERT_EQ(fifo.size(), expected.size());
    ASSERT_EQ(fifo.empty(), expected.empty());
  }
  EXPECT_EQ(std::deque<int>(fifo.begin(), fifo.end()), expected);
  fifo.clear();
  EXPECT_TRUE(fifo.empty());
}

}  // namespace
}  // namespace splitbench
