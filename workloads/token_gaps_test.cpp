#include "workloads/token_gaps.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace splitbench {
namespace {

using Time = TokenGaps::Time;

std::vector<Time> all_of(const TokenGaps& gaps) {
  std::vector<Time> all;
  for (const Time gap : gaps) all.push_back(gap);
  return all;
}

TEST(TokenGapsTest, HasEveryGapAsItWas) {
  const std::vector<Time> short_ones = {Time(0), Time(1), Time(4'294'967'295)};
  for (const Time odd : {Time(4'294'967'296), Time(-1), Time::min(), Time::max(), Time(7)}) {
    std::vector<Time> expected = short_ones;
    TokenGaps gaps{short_ones[0], short_ones[1], short_ones[2]};
    EXPECT_EQ(all_of(gaps), expected);
    for (const Time next : {odd, Time(5), odd}) {
      gaps.push_back(next);
      expected.push_back(next);
      EXPECT_EQ(all_of(gaps), expected);
      EXPECT_EQ(gaps.size(), expected.size());
      EXPECT_EQ(gaps.front(), expected.front());
    }
    gaps.pop_back();
    expected.pop_back();
    EXPECT_EQ(all_of(gaps), expected);
  }
}

TEST(TokenGapsTest, AreEqualWhateverTheyTake) {
  TokenGaps gaps{Time(1), Time(2), Time(-3)};
  gaps.pop_back();
  EXPECT_EQ(gaps, (TokenGaps{Time(1), Time(2)}));
  EXPECT_NE(gaps, (TokenGaps{Time(1)}));
  gaps.clear();
  EXPECT_TRUE(gaps.empty());
  EXPECT_EQ(gaps, TokenGaps());
}

}  // namespace
}  // namespace splitbench
