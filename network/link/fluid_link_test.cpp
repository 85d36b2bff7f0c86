#include "network/link/fluid_link.hpp"

#include <gtest/gtest.h>
#include <map>
#include <random>
#include <utility>
#include <vector>

namespace splitbench {
namespace {

using Time = Link::Time;

constexpr std::uint32_t kFluidSenders = 4, kFluidReceivers = 3;

struct LinkCall {
  Time at;
  FlowId flow;
  std::uint64_t bytes;  // 0: the flow is abandoned
};

/// Random wires and loads: bursts and pauses, many offers at one moment, chunks of a byte and of a
/// megabyte.
class FluidLinkTest : public testing::TestWithParam<int> {
 protected:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  LinkSpec some_spec() {
    const auto rate = [&] { return 1'000'000'000 + below(99'000'000'000); };
    LinkSpec spec{.bandwidth = rate(), .latency = Time(below(3) ? 50'000 : 0)};
    std::int64_t at = 0;
    for (auto changes = below(4); changes > 0; --changes)
      spec.schedule.push_back({Time(at += 1 + static_cast<std::int64_t>(below(150'000))), rate()});
    if (below(2)) spec.discipline = Discipline::fifo;
    if (below(3) == 0) spec.spine = rate();
    if (below(3) == 0) spec.egress = {rate(), rate(), rate(), rate()};
    if (below(3) == 0) spec.ingress = {rate()};
    if (below(3) == 0) spec.efficiency = 0.9;
    if (below(2)) spec.jitter = Time(30'000);
    return spec;
  }

  std::vector<LinkCall> some_events() {
    std::vector<LinkCall> events;
    Time at{0};
    for (auto left = 20 + below(200); left > 0; --left) {
      if (below(4) == 0) at += Time(static_cast<std::int64_t>(below(60'000)));
      const FlowId flow{static_cast<std::uint32_t>(below(kFluidSenders)),
                        static_cast<std::uint32_t>(below(kFluidReceivers))};
      events.push_back({at, flow, below(40) == 0 ? 0 : 1 + below(std::uint64_t{1} << below(18))});
    }
    return events;
  }

  std::mt19937_64 random_{static_cast<std::uint64_t>(GetParam())};
};

TEST_P(FluidLinkTest, EveryChunkHasTheTimesThatTheLinkOfARealRunGivesIt) {
  const LinkSpec spec = some_spec();
  std::vector<std::byte> memory(Link::bytes_needed(kFluidSenders, kFluidReceivers));
  Link link = Link::initialize(memory, spec, kFluidSenders, kFluidReceivers);
  FluidLink fluid(spec, kFluidSenders, kFluidReceivers);

  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::uint64_t>> waiting;
  std::size_t chunks = 0;
  const auto compare = [&] {
    for (const auto& [flow, times] : fluid.ended()) {
      auto& numbers = waiting[{flow.sender, flow.receiver}];
      const Delivery expected = link.delivery(flow, numbers.front());
      ASSERT_EQ(times.ready, expected.ready);
      ASSERT_EQ(times.start, expected.start);
      ASSERT_EQ(times.end, expected.end);
      ASSERT_EQ(times.arrival, expected.arrival);
      numbers.erase(numbers.begin());
      ++chunks;
    }
    fluid.forget_ended();
  };
  std::size_t offered = 0, lost = 0;
  for (const LinkCall& event : some_events()) {
    while (fluid.next_event() <= event.at) {
      fluid.advance(fluid.next_event());
      compare();
    }
    auto& numbers = waiting[{event.flow.sender, event.flow.receiver}];
    if (event.bytes > 0) {
      numbers.push_back(link.offer(event.at, event.flow, event.bytes));
      fluid.offer(event.at, event.flow, event.bytes);
      ++offered;
    } else {
      link.abandon(event.at, event.flow);
      fluid.abandon(event.at, event.flow);
      compare();
      lost += numbers.size();
      numbers.clear();
    }
  }
  while (fluid.next_event() < Time::max()) {
    fluid.advance(fluid.next_event());
    compare();
  }
  EXPECT_EQ(chunks + lost, offered);
}

TEST_P(FluidLinkTest, AChunkThatIsOfferedAheadHasTheSameTimes) {
  const LinkSpec spec = some_spec();
  const std::vector<LinkCall> events = some_events();
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<Delivery>> in_time, ahead;
  const auto take = [](FluidLink& link, auto& deliveries) {
    for (const auto& [flow, delivery] : link.ended())
      deliveries[{flow.sender, flow.receiver}].push_back(delivery);
    link.forget_ended();
  };

  FluidLink first(spec, kFluidSenders, kFluidReceivers);
  for (const LinkCall& event : events) {
    if (event.bytes > 0)
      first.offer(event.at, event.flow, event.bytes);
    else
      first.abandon(event.at, event.flow);
  }
  first.advance(Time(1'000'000'000'000));
  take(first, in_time);

  FluidLink second(spec, kFluidSenders, kFluidReceivers);
  std::size_t known = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const LinkCall& event = events[i];
    for (; known < events.size() && events[known].bytes > 0 && (known <= i || below(8)); ++known)
      second.offer_ahead(events[known].at, {events[known].at, known}, events[known].flow,
                         events[known].bytes);
    if (known == i) ++known, second.abandon(event.at, event.flow);
    if (below(2)) second.advance(event.at);
    take(second, ahead);
  }
  second.advance(Time(1'000'000'000'000));
  EXPECT_EQ(second.next_event(), Time::max());
  take(second, ahead);

  for (const auto& [flow, deliveries] : in_time) {
    ASSERT_EQ(ahead[flow].size(), deliveries.size());
    for (std::size_t i = 0; i < deliveries.size(); ++i) {
      EXPECT_EQ(ahead[flow][i].ready, deliveries[i].ready);
      EXPECT_EQ(ahead[flow][i].start, deliveries[i].start);
      EXPECT_EQ(ahead[flow][i].end, deliveries[i].end);
      EXPECT_EQ(ahead[flow][i].arrival, deliveries[i].arrival);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, FluidLinkTest, testing::Range(0, 200));

TEST(FluidLinkExampleTest, SaysWhenTheNextChunkEnds) {
  FluidLink link({.bandwidth = 8'000'000'000, .latency = Time(50)}, 2, 1);  // a byte each ns
  EXPECT_EQ(link.next_event(), Time::max());
  link.offer(Time(10), {0, 0}, 100);
  EXPECT_EQ(link.next_event(), Time(110));
  link.offer(Time(30), {1, 0}, 100);  // half the rate from now on for the 80 bytes that are left
  EXPECT_EQ(link.next_event(), Time(190));
  link.abandon(Time(50), {1, 0});
  EXPECT_EQ(link.next_event(), Time(120));
  link.advance(Time(120));
  EXPECT_EQ(link.ended().front().delivery.arrival, Time(170));
  EXPECT_EQ(link.next_event(), Time::max());
}

TEST(FluidLinkExampleTest, FlowsThatShareNothingDoNotBearOnEachOther) {
  constexpr std::uint32_t kWorkers = 50;
  FluidLink link({.bandwidth = 8'000'000'000}, kWorkers, kWorkers);
  for (std::uint32_t i = 0; i < kWorkers; ++i) link.offer(Time(i), {i, i}, 1000);
  link.advance(Time(2000));
  const auto ended = link.ended();
  ASSERT_EQ(ended.size(), kWorkers);
  for (std::uint32_t i = 0; i < kWorkers; ++i) EXPECT_EQ(ended[i].delivery.end, Time(1000 + i));
}

}  // namespace
}  // namespace splitbench
