#include "workloads/traces/trace_statistics.hpp"

#include <cmath>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "workloads/traces/trace_fixture.hpp"

namespace splitbench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

TraceStatistics statistics_of(const std::vector<TraceRequest>& requests) {
  TraceSummary summary;
  for (const TraceRequest& request : requests) summary.add(request);
  return summary.statistics();
}

TraceRequest at(Time time, std::uint64_t tokens = 1) {
  return {.timestamp = time, .input_tokens = tokens, .output_tokens = 1};
}

TEST(QuantilesTest, PutsPercentilesBetweenSamples) {
  EXPECT_EQ(quantiles_of({30, 10}),
            (Quantiles{.mean = 20, .p50 = 20, .p90 = 28, .p99 = 29.8, .max = 30}));
  EXPECT_EQ(quantiles_of({5}), (Quantiles{.mean = 5, .p50 = 5, .p90 = 5, .p99 = 5, .max = 5}));
  EXPECT_EQ(quantiles_of({}), Quantiles{});
}

TEST(TraceStatisticsTest, OneRequestHasNoRate) {
  const TraceStatistics found = statistics_of({at(seconds(9), 100)});
  EXPECT_EQ(found.requests, 1u);
  EXPECT_EQ(found.rate, 0);
  EXPECT_EQ(found.arrival_cv, 0);
  EXPECT_EQ(found.sessions, std::nullopt);
  EXPECT_EQ(found.prefixes, std::nullopt);
}

TEST(TraceStatisticsTest, MeasuresArrivalsWhateverTheirOrder) {
  const TraceStatistics found =
      statistics_of({at(seconds(3)), at(seconds(0)), at(seconds(1)), at(seconds(4))});
  EXPECT_EQ(found.duration, 4);
  EXPECT_EQ(found.rate, 1);
  EXPECT_DOUBLE_EQ(found.arrival_cv, std::sqrt(2.0 / 9) / (4.0 / 3));  // gaps of 1, 2, 1
}

TEST(TraceStatisticsTest, CountsWholeMinutesOnly) {
  std::vector<TraceRequest> requests;
  for (int second = 0; second <= 130; second += second < 60 ? 10 : 20)
    requests.push_back(at(seconds(second)));
  const TraceStatistics found = statistics_of(requests);
  EXPECT_EQ(found.most_per_minute, 6u);
  EXPECT_EQ(found.least_per_minute, 3u);
}

TEST(TraceStatisticsTest, CountsEveryArrivalAndEveryLengthInOneBin) {
  std::vector<TraceRequest> requests;
  for (std::uint64_t i = 0; i < 1000; ++i) requests.push_back(at(milliseconds(i * i), 1 + i));
  const TraceStatistics found = statistics_of(requests);
  std::uint64_t arrivals = 0, lengths = 0;
  for (const std::uint64_t bin : found.arrivals) arrivals += bin;
  for (const TraceStatistics::Bin& bin : found.input_lengths) lengths += bin.requests;
  EXPECT_EQ(arrivals, 1000u);
  EXPECT_EQ(lengths, 1000u);
  EXPECT_EQ(found.input_lengths.front().from, 1);
  EXPECT_EQ(found.input_lengths.back().from, 512);
}

TEST(TraceStatisticsTest, CountsTurnsAndThinkTimes) {
  TraceRequest first = at(seconds(0)), second = at(seconds(1)), other = at(seconds(1));
  first.session = second.session = "a";
  other.session = "b";
  second.delay = seconds(7);
  second.after_session = true;
  const auto found = statistics_of({first, second, other}).sessions;
  ASSERT_TRUE(found);
  EXPECT_EQ(found->count, 2u);
  EXPECT_EQ(found->turns, (quantiles_of({1, 2})));
  EXPECT_EQ(found->think, (quantiles_of({7})));
}

TEST(TraceStatisticsTest, CountsAsCachedWhatACacheOfBlocksWouldHave) {
  TraceRequest first = at(seconds(0), 1000), second = at(seconds(1), 1500);
  first.block_tokens = second.block_tokens = 512;
  first.hash_ids = {1, 2};
  second.hash_ids = {1, 3, 4};
  const auto found = statistics_of({first, second}).prefixes;
  ASSERT_TRUE(found);
  EXPECT_DOUBLE_EQ(found->hit_rate, 512.0 / 2500);
  EXPECT_DOUBLE_EQ(found->block_hit_rate, 1.0 / 5);
  EXPECT_EQ(found->uncached, quantiles_of({1000, 988}));
}

}  // namespace
}  // namespace splitbench
