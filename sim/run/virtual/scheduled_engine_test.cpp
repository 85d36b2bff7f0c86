#include "sim/run/virtual/scheduled_engine.hpp"

#include <gtest/gtest.h>

namespace splitbench {
namespace {

StageTimes::value_type encode(Time::rep time) {
  return {Stage::encode, Time(time)};
}
StageTimes::value_type copy(Time::rep time) {
  return {Stage::xfer_prep, Time(time)};
}

TEST(StageLineTest, AStageTakesUpTheNextPieceWhileTheOneBehindItIsAtWork) {
  StageLine line;
  EXPECT_EQ(line.enter(Time(0), {encode(2), copy(10)}),
            (StageSpans{{Stage::encode, Time(0), Time(2)}, {Stage::xfer_prep, Time(2), Time(12)}}));
  EXPECT_EQ(
      line.enter(Time(0), {encode(2), copy(10)}),
      (StageSpans{{Stage::encode, Time(2), Time(4)}, {Stage::xfer_prep, Time(12), Time(22)}}));
  EXPECT_EQ(
      line.enter(Time(50), {encode(2), copy(10)}),
      (StageSpans{{Stage::encode, Time(50), Time(52)}, {Stage::xfer_prep, Time(52), Time(62)}}));
}

TEST(StageLineTest, TwoStagesOfOneNameAreTwo) {
  StageLine line;
  line.enter(Time(0), {copy(5), copy(7)});
  EXPECT_EQ(
      line.enter(Time(0), {copy(5), copy(7)}),
      (StageSpans{{Stage::xfer_prep, Time(5), Time(10)}, {Stage::xfer_prep, Time(12), Time(19)}}));
}

TEST(VirtualLaneTest, NoPieceEndsBeforeTheOneBeforeIt) {
  struct Numbered {
    StageSpans spans;
    int number = 0;
  };
  VirtualLoop loop;
  std::vector<std::pair<int, Time>> ends;
  VirtualLane<Numbered> lane(
      loop, [&](const Numbered& piece) { ends.emplace_back(piece.number, loop.now()); });
  lane.run({encode(2), copy(10)}, {.spans = {}, .number = 1});
  lane.run({encode(3)}, {.spans = {}, .number = 2});  // it has one stage, and still comes second
  loop.run();
  EXPECT_EQ(ends, (std::vector<std::pair<int, Time>>{{1, Time(12)}, {2, Time(12)}}));
}

/// A device whose decode step takes a nanosecond for each token of context and each request.
struct StepCosts final : DecodeCosts {
  StageTimes unpack(const Job&, const Chunk&, std::uint64_t) override { return {}; }
  Time digest(const Job&) override { return Time{0}; }
  Time step(std::uint64_t requests, std::uint64_t context_tokens) override {
    return Time(static_cast<Time::rep>(requests + context_tokens));
  }
};

TEST(ScheduledDecodeEngineTest, StepsOfOneBatchAreThoseOfOneAfterAnother) {
  StepCosts costs;
  for (Time::rep cut = 0; cut < 120; ++cut) {
    VirtualLoop loop;
    ScheduledDecodeEngine engine(loop, costs);
    std::vector<Span> steps;
    const std::vector<std::uint64_t> context = {5, 7};
    std::uint64_t done = 0;
    const std::function<void()> go_on = [&] {
      const std::vector<std::uint64_t> now = {context[0] + done, context[1] + done};
      engine.steps(now, 6 - done, [&](std::span<const Span> ended) {
        EXPECT_EQ(ended.back().end, loop.now());
        steps.insert(steps.end(), ended.begin(), ended.end());
        done += ended.size();
        if (done < 6) go_on();
      });
    };
    Time at_cut_ended{-1};
    loop.at(Time(cut), [&] { engine.end_steps(); });
    loop.post(go_on);
    loop.at(Time(cut), [&] {  // whoever joins has to wait for the step that is under way only
      engine.end_steps();
      loop.at(Time(cut) + Time(24),
              [&] { at_cut_ended = steps.empty() ? Time{-1} : steps.back().end; });
    });
    loop.run();
    ASSERT_EQ(steps.size(), 6u);
    Time begin{0};
    for (std::size_t i = 0; i < 6; ++i) {
      EXPECT_EQ(steps[i].begin, begin);
      EXPECT_EQ(steps[i].end, begin + Time(2 + 12 + 2 * static_cast<Time::rep>(i)));
      begin = steps[i].end;
    }
    EXPECT_GE(at_cut_ended, Time(std::min<Time::rep>(cut, begin.count()))) << cut;
  }
}

}  // namespace
}  // namespace splitbench
