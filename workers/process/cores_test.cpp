#include "workers/process/cores.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <numeric>
#include <thread>

namespace splitbench {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Cores range(int first, int last) {
  Cores cores(static_cast<std::size_t>(last - first + 1));
  std::iota(cores.begin(), cores.end(), first);
  return cores;
}
int itself(int core) {
  return core;
}

TEST(CoresTest, AListOfCoresHasRangesAndSingleOnes) {
  EXPECT_EQ(parse_cores("0-3,8,10-11"), (Cores{0, 1, 2, 3, 8, 10, 11}));
  for (const char* broken : {"", "x", "1-", "1-x", "1;2", "4 5", "0-999999999"})
    EXPECT_THAT(parse_cores(broken), IsEmpty()) << broken;
}

TEST(CoresTest, WorkersNearTheSameCoresGetEqualParts) {
  const auto shares =
      share_cores({range(0, 15), range(0, 15), range(16, 31), range(16, 31)}, itself);
  EXPECT_THAT(shares, ElementsAre(range(0, 7), range(8, 15), range(16, 23), range(24, 31)));
}

TEST(CoresTest, SiblingsStayTogether) {
  const auto shares = share_cores({range(0, 15), range(0, 15)}, [](int core) { return core % 8; });
  EXPECT_EQ(shares[0], (Cores{0, 1, 2, 3, 8, 9, 10, 11}));
  EXPECT_EQ(shares[1], (Cores{4, 5, 6, 7, 12, 13, 14, 15}));
}

TEST(CoresTest, WithTooFewCoresNobodyIsBoundToAny) {
  EXPECT_THAT(share_cores({range(0, 8), range(0, 8)}, itself), ElementsAre(IsEmpty(), IsEmpty()));
  EXPECT_THAT(share_cores({range(0, 8), range(9, 12)}, itself),
              ElementsAre(range(0, 8), IsEmpty()));
}

TEST(CoresTest, WhereTheSystemDoesNotSayAllCoresAreNear) {
  EXPECT_EQ(cores_near("no such device"), allowed_cores());
}

TEST(CoresTest, AThreadRunsWhereItIsTold) {
  std::thread([] {
    const Cores one = {allowed_cores().back()};
    run_on(one);
    EXPECT_EQ(allowed_cores(), one);
  }).join();
}

}  // namespace
}  // namespace splitbench
