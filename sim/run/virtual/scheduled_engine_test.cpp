#include "sim/run/virtual/scheduled_engine.hpp"

#include <gtest/gtest.h>

namespace splitbench {
namespace {

constexpr StageTimes::value_type encode(Time::rep time) {
  return {Stage::encode, Time(time)};
}
constexpr StageTimes::value_type copy(Time::rep time) {
  return {Stage::xfer_prep, Time(time)};
}

TEST(StageLineTest, AStageTakesUpTheNextPieceWhileTheOneBehindItIsAtWork) {
  StageLine line;
  EXPECT_EQ(line.enter(Time(0), {encode(2), copy(10)}),
            (std::vector<Span>{{Stage::encode, Time(0), Time(2)},
                               {Stage::xfer_prep, Time(2), Time(12)}}));
  EXPECT_EQ(line.enter(Time(0), {encode(2), copy(10)}),
            (std::vector<Span>{{Stage::encode, Time(2), Time(4)},
                               {Stage::xfer_prep, Time(12), Time(22)}}));
  EXPECT_EQ(line.enter(Time(50), {encode(2), copy(10)}),
            (std::vector<Span>{{Stage::encode, Time(50), Time(52)},
                               {Stage::xfer_prep, Time(52), Time(62)}}));
}

TEST(StageLineTest, TwoStagesOfOneNameAreTwo) {
  StageLine line;
  line.enter(Time(0), {copy(5), copy(7)});
  EXPECT_EQ(line.enter(Time(0), {copy(5), copy(7)}),
            (std::vector<Span>{{Stage::xfer_prep, Time(5), Time(10)},
                               {Stage::xfer_prep, Time(12), Time(19)}}));
}

TEST(VirtualLaneTest, NoPieceEndsBeforeTheOneBeforeIt) {
  VirtualLoop loop;
  VirtualLane lane(loop);
  std::vector<std::pair<int, Time>> ends;
  const auto note = [&](int piece) {
    return [&, piece](const std::vector<Span>&) { ends.emplace_back(piece, loop.now()); };
  };
  lane.run({encode(2), copy(10)}, note(1));
  lane.run({encode(3)}, note(2));  // it has only one stage, and still comes second
  loop.run();
  EXPECT_EQ(ends, (std::vector<std::pair<int, Time>>{{1, Time(12)}, {2, Time(12)}}));
}

}  // namespace
}  // namespace splitbench
