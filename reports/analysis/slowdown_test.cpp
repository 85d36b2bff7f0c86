#include "reports/analysis/slowdown.hpp"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/testing/example_runs.hpp"

namespace splitbench {
namespace {

using example::ms;
using testing::Contains;
using testing::IsEmpty;
using testing::Key;
using testing::Not;

/// Returns a request that computes for `compute`, and whose tokens come every `gap`.
Timeline timeline(const std::string& arm, int repeat, std::uint64_t id, Time compute, Time gap) {
  Timeline t = example::timeline(arm, repeat, id, ms(1), Time{0});
  t.decode_worker = 0;
  t.spans[0].end = t.spans[0].begin + compute;
  t.token_gaps = {gap, gap};
  t.last_token = t.first_token + 2 * gap;
  return t;
}

class SlowdownTest : public testing::Test {
 protected:
  /// Adds a repeat of raw, and the same requests in another arm.
  void add_repeat(int repeat, const std::vector<std::pair<Time, Time>>& compute, Time raw_gap,
                  Time gap) {
    RunRecord raw{.arm = "raw", .repeat = repeat}, other{.arm = "splitzip", .repeat = repeat};
    for (std::uint64_t id = 0; id < compute.size(); ++id) {
      raw.timelines.push_back(timeline("raw", repeat, id, compute[id].first, raw_gap));
      other.timelines.push_back(timeline("splitzip", repeat, id, compute[id].second, gap));
    }
    runs_.push_back(raw);
    runs_.push_back(other);
  }

  std::map<std::string, double> slowdown(const std::string& arm) const {
    Slowdown slowdown;
    for (const RunRecord& run : runs_) slowdown.add(run);
    return slowdown.figures(arm);
  }

  std::vector<RunRecord> runs_;
};

TEST_F(SlowdownTest, IsTheMeanOverPairsAndNotTheRatioOfMeans) {
  // Requests of very different lengths: 10% and 0% slower, then 2% and 4%. Their mean is 4%.
  add_repeat(0, {{ms(100), ms(110)}, {ms(1), ms(1)}}, ms(10), ms(10.5));
  add_repeat(1, {{ms(100), ms(102)}, {ms(1), ms(1.04)}}, ms(20), ms(20));
  const auto figures = slowdown("splitzip");
  EXPECT_NEAR(figures.at("prefill_slowdown"), 0.04, 1e-12);
  EXPECT_NEAR(figures.at("decode_slowdown"), 0.025, 1e-12);

  // The shares 0.10, 0, 0.02, 0.04 have a sum of squared deviations of 0.0056, and three degrees of
  // freedom.
  EXPECT_NEAR(figures.at("prefill_slowdown_upper95"), 0.04 + 2.35336 * std::sqrt(0.0056 / 3 / 4),
              1e-6);
  // The shares 0.05, 0.05, 0, 0 have a sum of squared deviations of 0.0025.
  EXPECT_NEAR(figures.at("decode_slowdown_upper95"), 0.025 + 2.35336 * std::sqrt(0.0025 / 3 / 4),
              1e-6);
}

TEST_F(SlowdownTest, PairsWithinARepeatOnly) {
  add_repeat(0, {{ms(100), ms(100)}}, ms(10), ms(10));
  runs_.push_back(runs_.back());
  runs_.back().repeat = 1;
  runs_.back().timelines[0].spans[0].end += ms(500);  // raw has no repeat 1
  EXPECT_EQ(slowdown("splitzip").at("prefill_slowdown"), 0);
}

TEST_F(SlowdownTest, HasNoBoundOfOnePairAndNothingWithoutRaw) {
  add_repeat(0, {{ms(100), ms(101)}}, ms(10), ms(10));
  EXPECT_NEAR(slowdown("splitzip").at("prefill_slowdown"), 0.01, 1e-12);
  EXPECT_THAT(slowdown("splitzip"), Not(Contains(Key("prefill_slowdown_upper95"))));
  EXPECT_THAT(slowdown("raw"), IsEmpty());
  runs_.erase(runs_.begin());
  EXPECT_THAT(slowdown("splitzip"), IsEmpty());
}

TEST_F(SlowdownTest, IsAbsentWhereNothingWasComputed) {
  add_repeat(0, {{Time{0}, Time{0}}, {Time{0}, Time{0}}}, Time{0}, Time{0});
  EXPECT_THAT(slowdown("splitzip"), IsEmpty());
}

TEST_F(SlowdownTest, CountsABatchOnce) {
  add_repeat(0, {{ms(100), ms(103)}, {ms(100), ms(103)}, {ms(100), ms(101)}}, ms(10), ms(10));
  for (RunRecord& run : runs_) run.timelines[1].transfer = run.timelines[0].transfer;
  EXPECT_NEAR(slowdown("splitzip").at("prefill_slowdown"), 0.02, 1e-12);
}

TEST_F(SlowdownTest, DoesNotPairBatchesOfOtherRequests) {
  add_repeat(0, {{ms(100), ms(150)}, {ms(100), ms(150)}, {ms(100), ms(101)}}, ms(10), ms(10));
  runs_[1].timelines[1].transfer = runs_[1].timelines[0].transfer;
  EXPECT_NEAR(slowdown("splitzip").at("prefill_slowdown"), 0.01, 1e-12);
}

TEST_F(SlowdownTest, LeavesOutTokensThatWereMadeInALargerBatch) {
  add_repeat(0, {{ms(100), ms(100)}, {ms(100), ms(100)}}, ms(10), ms(10));
  // In the codec's run, the second request joins while the first still has one token to make, at
  // which both take longer; the second goes on alone.
  Timeline& first = runs_[1].timelines[0];
  Timeline& second = runs_[1].timelines[1];
  first.token_gaps = {ms(10), ms(17)};
  first.last_token = first.first_token + ms(27);
  Span& step = second.spans.back();
  step = {Stage::first_decode_step, first.first_token + ms(10), first.last_token};
  second.first_token = step.end;
  second.token_gaps = {ms(10.4), ms(10.4)};
  second.last_token = second.first_token + ms(20.8);
  EXPECT_NEAR(slowdown("splitzip").at("decode_slowdown"), 0.02, 1e-12);

  second.decode_worker = 1;  // elsewhere it is in nobody's way: (0, 0.7) and (0.04, 0.04)
  EXPECT_NEAR(slowdown("splitzip").at("decode_slowdown"), (0.35 + 0.04) / 2, 1e-12);
}

}  // namespace
}  // namespace splitbench
