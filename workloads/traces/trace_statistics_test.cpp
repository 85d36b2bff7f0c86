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

/// Equal when rounded to three digits.
MATCHER_P(ToThreeDigits, expected, "") {
  const auto rounded = [](double x) { return fmt::format("{:.2e}", x); };
  *result_listener << arg;
  return rounded(arg) == rounded(static_cast<double>(expected));
}

void expect(const Quantiles& found, double mean, double p50, double p90, double p99) {
  EXPECT_THAT(found.mean, ToThreeDigits(mean));
  EXPECT_THAT(found.p50, ToThreeDigits(p50));
  EXPECT_THAT(found.p90, ToThreeDigits(p90));
  EXPECT_THAT(found.p99, ToThreeDigits(p99));
}

TraceStatistics statistics_of(const std::vector<TraceRequest>& requests) {
  TraceSummary summary;
  for (const TraceRequest& request : requests) summary.add(request);
  return summary.statistics();
}

TraceStatistics statistics_of_file(const std::filesystem::path& path) {
  TraceSummary summary;
  const auto trace = open_trace(path);
  for (TraceRequest request; trace->next(request);) summary.add(request);
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

// What was measured of the real files by other means: anchors/data.md, A2.

TEST(RealTraceStatisticsTest, AgreeOnMooncakesConversations) {
  const std::filesystem::path real = kRealTraces / "mooncake_conversation.jsonl";
  if (!std::filesystem::exists(real)) GTEST_SKIP() << real << " is missing";
  const TraceStatistics found = statistics_of_file(real);
  expect(found.input, 12'035, 6'909, 27'367, 85'400);
  EXPECT_EQ(found.input.max, 126'195);
  expect(found.output, 343, 350, 597, 1'119);
  EXPECT_THAT(found.rate, ToThreeDigits(3.40));
  EXPECT_THAT(found.duration, ToThreeDigits(3'537));
  EXPECT_EQ(found.least_per_minute, 144u);
  EXPECT_EQ(found.most_per_minute, 247u);
  EXPECT_THAT(found.prefixes->hit_rate, ToThreeDigits(0.374));
  EXPECT_THAT(found.prefixes->block_hit_rate, ToThreeDigits(0.366));
  expect(found.prefixes->uncached, 7'539, 2'470, 19'012, 71'888);
}

TEST(RealTraceStatisticsTest, AgreeOnAzuresCode) {
  const std::filesystem::path real = kRealTraces / "AzureLLMInferenceTrace_code.csv";
  if (!std::filesystem::exists(real)) GTEST_SKIP() << real << " is missing";
  const TraceStatistics found = statistics_of_file(real);
  expect(found.input, 2'048, 1'469, 5'188, 7'436);
  EXPECT_EQ(found.input.max, 7'437);
  expect(found.output, 27.9, 13, 55, 251);
  EXPECT_THAT(found.rate, ToThreeDigits(2.57));
  EXPECT_THAT(found.duration, ToThreeDigits(3'436));
  EXPECT_THAT(found.arrival_cv, ToThreeDigits(13.2));
}

TEST(RealTraceStatisticsTest, AgreeOnAgenticSessions) {  // 441 MB unpacked: seconds
  const std::filesystem::path real = kRealTraces / "agentic_sessions.tar.xz";
  if (!std::filesystem::exists(real)) GTEST_SKIP() << real << " is missing";
  const TraceStatistics found = statistics_of_file(real);
  EXPECT_EQ(found.requests, 49'334u);
  expect(found.input, 122'379, 103'659, 233'633, 498'519);
  EXPECT_EQ(found.input.max, 894'371);
  expect(found.output, 440, 216, 898, 3'686);
  EXPECT_THAT(found.prefixes->hit_rate, ToThreeDigits(0.963));
  expect(found.prefixes->uncached, 4'509, 727, 4'804, 94'290);
  EXPECT_EQ(found.sessions->count, 710u);
  EXPECT_THAT(found.sessions->turns.mean, ToThreeDigits(69.5));
  EXPECT_EQ(std::round(found.sessions->turns.p50), 46);
  EXPECT_THAT(found.sessions->turns.p90, ToThreeDigits(157));
  EXPECT_EQ(found.sessions->turns.max, 561);
  EXPECT_THAT(found.sessions->think.p50, ToThreeDigits(10));
}

}  // namespace
}  // namespace splitbench
