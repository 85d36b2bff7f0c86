#include "workloads/partition.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>
#include <random>
#include <vector>

namespace splitbench {
namespace {

Timeline complete(Time arrival, Time dispatched, Time prefill_begin, Time first_token,
                  std::vector<Span> spans) {
  Timeline timeline;
  timeline.request.output_tokens = 1;
  timeline.status = Status::ok;
  timeline.arrival = arrival;
  timeline.dispatched = dispatched;
  timeline.prefill_begin = prefill_begin;
  timeline.first_token = timeline.last_token = first_token;
  timeline.spans = std::move(spans);
  return timeline;
}

Time part(const Partition& partition, Stage stage) {
  return partition.part[static_cast<std::size_t>(stage)];
}

Time hidden(const Partition& partition, Stage stage) {
  return partition.hidden[static_cast<std::size_t>(stage)];
}

TEST(PartitionTest, ChargesStagesThatFollowOneAnother) {
  const Partition result = partition(complete(Time(100), Time(110), Time(130), Time(300),
                                              {{Stage::prefill_compute, Time(130), Time(200)},
                                               {Stage::encode, Time(200), Time(210)},
                                               {Stage::xfer_wire, Time(210), Time(260)},
                                               {Stage::decode_codec, Time(260), Time(265)},
                                               {Stage::kv_install, Time(265), Time(270)},
                                               {Stage::first_decode_step, Time(290), Time(300)}}));
  EXPECT_EQ(result.ttft, Time(200));
  EXPECT_EQ(part(result, Stage::client_queue), Time(10));
  EXPECT_EQ(part(result, Stage::prefill_queue), Time(20));
  EXPECT_EQ(part(result, Stage::prefill_compute), Time(70));
  EXPECT_EQ(part(result, Stage::encode), Time(10));
  EXPECT_EQ(part(result, Stage::xfer_wire), Time(50));
  EXPECT_EQ(part(result, Stage::decode_codec), Time(5));
  EXPECT_EQ(part(result, Stage::kv_install), Time(5));
  EXPECT_EQ(part(result, Stage::decode_queue), Time(20));
  EXPECT_EQ(part(result, Stage::first_decode_step), Time(10));
  EXPECT_EQ(result.transfer, Time(70));
  EXPECT_EQ(result.exposed_transfer, Time(70));
}

TEST(PartitionTest, HidesATransferBehindTheComputeItOverlaps) {
  const Partition result = partition(complete(Time(0), Time(0), Time(0), Time(100),
                                              {{Stage::prefill_compute, Time(0), Time(80)},
                                               {Stage::xfer_wire, Time(20), Time(50)},
                                               {Stage::xfer_wire, Time(60), Time(90)}}));
  EXPECT_EQ(part(result, Stage::prefill_compute), Time(80));
  EXPECT_EQ(part(result, Stage::xfer_wire), Time(10));
  EXPECT_EQ(hidden(result, Stage::xfer_wire), Time(50));
  EXPECT_EQ(part(result, Stage::decode_queue), Time(10));
  EXPECT_EQ(result.transfer, Time(60));
  EXPECT_EQ(result.exposed_transfer, Time(10));
}

TEST(PartitionTest, CutsSpansAtArrivalAndFirstToken) {
  const Partition result = partition(complete(Time(100), Time(100), Time(100), Time(200),
                                              {{Stage::prefill_compute, Time(50), Time(120)},
                                               {Stage::first_decode_step, Time(190), Time(250)}}));
  EXPECT_EQ(part(result, Stage::prefill_compute), Time(20));
  EXPECT_EQ(part(result, Stage::first_decode_step), Time(10));
  EXPECT_EQ(part(result, Stage::decode_queue), Time(70));
}

TEST(PartitionTest, SharesTheTimeAfterTheFirstTokenAmongTheTokensAfterIt) {
  Timeline timeline = complete(Time(0), Time(0), Time(0), Time(100), {});
  timeline.last_token = Time(205);
  EXPECT_EQ(partition(timeline).tpot, std::nullopt);
  timeline.request.output_tokens = 3;
  EXPECT_EQ(partition(timeline).tpot, Time(53));  // 52.5, rounded
  EXPECT_EQ(partition(timeline).e2el, Time(205));
  EXPECT_EQ(partition(timeline).ttst, std::nullopt);
  timeline.token_gaps = {Time(7), Time(98)};
  EXPECT_EQ(partition(timeline).ttst, partition(timeline).ttft + Time(7));
}

/// The law, said once more for each nanosecond on its own.
Partition by_nanosecond(const Timeline& timeline, Time end) {
  Partition result;
  result.ttft = timeline.first_token - timeline.arrival;
  result.e2el = timeline.last_token - timeline.arrival;
  bool begun = false;
  for (Time now{0}; now < end; ++now) {
    std::array<bool, kActiveStages> active{};
    for (const Span& span : timeline.spans)
      if (span.begin <= now && now < span.end) active[static_cast<std::size_t>(span.stage)] = true;

    bool transferring = false;
    for (std::size_t stage = 0; stage < kActiveStages; ++stage) {
      const std::string_view name = kStageNames[stage];
      if (!active[stage] || name == "prefill_compute" || name == "first_decode_step") continue;
      begun = begun || name != "xfer_queue";
      transferring = true;
    }
    transferring = transferring && begun;
    if (transferring) ++result.transfer;
    if (now < timeline.arrival || now >= timeline.first_token) continue;

    auto charged = static_cast<std::size_t>(std::ranges::find(active, true) - active.begin());
    if (charged == kActiveStages) {
      Stage queue = Stage::decode_queue;
      if (now < timeline.prefill_begin) queue = Stage::prefill_queue;
      if (now < timeline.dispatched) queue = Stage::client_queue;
      charged = static_cast<std::size_t>(queue);
    }
    ++result.part[charged];
    if (transferring && charged != static_cast<std::size_t>(Stage::prefill_compute))
      ++result.exposed_transfer;
    for (std::size_t stage = 0; stage < kActiveStages; ++stage)
      if (active[stage] && stage != charged) ++result.hidden[stage];
  }
  return result;
}

TEST(PartitionTest, AgreesWithTheLawOfEachNanosecondOnRandomSpans) {
  std::mt19937_64 random(1);
  const auto below = [&random](std::uint64_t n) { return static_cast<Time::rep>(random() % n); };
  for (int round = 0; round < 2000; ++round) {
    std::array<Time, 4> marks;
    for (Time& mark : marks) mark = Time(below(120));
    std::ranges::sort(marks);
    std::vector<Span> spans(static_cast<std::size_t>(below(16)));
    for (Span& span : spans) {
      span.stage = static_cast<Stage>(below(kActiveStages));
      span.begin = Time(below(120));
      span.end = span.begin + Time(below(40));
    }
    const Timeline timeline = complete(marks[0], marks[1], marks[2], marks[3], spans);
    const Partition result = partition(timeline);
    ASSERT_EQ(result, by_nanosecond(timeline, Time(160))) << "round " << round;
    ASSERT_EQ(std::accumulate(result.part.begin(), result.part.end(), Time{0}), result.ttft);
  }
}

TEST(PartitionTest, TheSumsStandInForTheSpans) {
  Timeline timeline = complete(Time(0), Time(0), Time(0), Time(100),
                               {{Stage::prefill_compute, Time(0), Time(40)},
                                {Stage::prefill_compute, Time(50), Time(80)},
                                {Stage::xfer_wire, Time(20), Time(90)},
                                {Stage::first_decode_step, Time(95), Time(100)}});
  const Partition expected = partition(timeline);
  timeline.sums = sums_of_spans(timeline);
  timeline.spans.clear();
  EXPECT_EQ(partition(timeline), expected);
  EXPECT_EQ(active_time(timeline, Stage::prefill_compute), Time(70));
  EXPECT_EQ(active_time(timeline, Stage::encode), Time(0));
  EXPECT_EQ(first_step_begin(timeline), Time(95));
  timeline.spans = {{Stage::encode, Time(9), Time(8)}};
  EXPECT_FALSE(sums_of_spans(timeline).in_order);
}

}  // namespace
}  // namespace splitbench
