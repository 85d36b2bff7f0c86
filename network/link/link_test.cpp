#include "network/link/link.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace splitbench {
namespace {

using namespace std::chrono_literals;
using Time = Link::Time;

struct LinkTest : testing::Test {
  Link make(const LinkSpec& spec, std::uint32_t senders = 1, std::uint32_t receivers = 1) {
    memory.assign(Link::bytes_needed(senders, receivers), std::byte{0});
    return Link::initialize(memory, spec, senders, receivers);
  }
  std::vector<std::byte> memory;
  const LinkSpec kGigabyte{.bandwidth = 8'000'000'000};  // a byte takes a nanosecond
};

TEST_F(LinkTest, AChunkTakesItsBytesOverTheBandwidthPlusTheLatency) {
  Link link = make({.bandwidth = 8'000'000'000, .latency = 50ns});
  const auto chunk = link.offer(100ns, {}, 1000);
  const Delivery d = link.delivery({}, chunk);
  EXPECT_EQ(d.ready, 100ns);
  EXPECT_EQ(d.start, 100ns);
  EXPECT_EQ(d.end, 1100ns);
  EXPECT_EQ(d.arrival, 1150ns);
}

TEST_F(LinkTest, ASecondChunkOfAFlowWaitsForTheFirst) {
  Link link = make(kGigabyte);
  link.offer(0ns, {}, 1000);
  const auto second = link.offer(10ns, {}, 500);
  EXPECT_EQ(link.delivery({}, second).start, 1000ns);
  EXPECT_EQ(link.delivery({}, second).end, 1500ns);
}

TEST_F(LinkTest, AnIdleLinkBanksNothing) {
  Link link = make(kGigabyte);
  link.offer(0ns, {}, 100);
  const auto late = link.offer(1'000'000ns, {}, 100);
  EXPECT_EQ(link.delivery({}, late).end, 1'000'100ns);
}

TEST_F(LinkTest, TwoFlowsOutOfOneSenderShareItsNic) {
  Link link = make(kGigabyte, 1, 2);
  const auto a = link.offer(0ns, {0, 0}, 1000);
  EXPECT_EQ(link.delivery({0, 0}, a).end, 1000ns);
  const auto b = link.offer(500ns, {0, 1}, 1000);
  EXPECT_EQ(link.delivery({0, 0}, a).end, 1500ns);  // half rate for its second half
  EXPECT_EQ(link.delivery({0, 1}, b).end, 2000ns);  // full rate once the first is through
}

TEST_F(LinkTest, FlowsBetweenDifferentPairsDoNotMeet) {
  Link link = make(kGigabyte, 2, 2);
  const auto a = link.offer(0ns, {0, 0}, 1000);
  const auto b = link.offer(0ns, {1, 1}, 1000);
  EXPECT_EQ(link.delivery({0, 0}, a).end, 1000ns);
  EXPECT_EQ(link.delivery({1, 1}, b).end, 1000ns);
}

TEST_F(LinkTest, FifoServesChunksThatShareANicOneAfterTheOther) {
  Link link = make({.bandwidth = 8'000'000'000, .discipline = Discipline::fifo}, 2, 2);
  link.offer(0ns, {0, 0}, 1000);
  link.offer(0ns, {1, 0}, 1000);  // waits for the receiver's NIC
  link.offer(0ns, {0, 1}, 500);   // waits for the sender's
  link.offer(0ns, {0, 0}, 1000);
  EXPECT_EQ(link.delivery({0, 0}, 0).end, 1000ns);
  EXPECT_EQ(link.delivery({1, 0}, 0).start, 1000ns);
  EXPECT_EQ(link.delivery({1, 0}, 0).end, 2000ns);
  EXPECT_EQ(link.delivery({0, 1}, 0).start, 1000ns);
  EXPECT_EQ(link.delivery({0, 1}, 0).end, 1500ns);
  EXPECT_EQ(link.delivery({0, 0}, 1).start, 2000ns);
}

TEST_F(LinkTest, FifoHasANicForEachWorkerAndTheSpineForAll) {
  for (const std::uint64_t spine : {0ul, 8'000'000'000ul})
    for (const std::uint32_t pairs : {1u, 2u, 4u}) {
      Link link = make({.bandwidth = 8'000'000'000, .spine = spine, .discipline = Discipline::fifo},
                       pairs, pairs);
      for (std::uint32_t pair = 0; pair < pairs; ++pair) {
        link.offer(0ns, {pair, pair}, 1000);
        EXPECT_EQ(link.delivery({pair, pair}, 0).end, 1000ns * (spine == 0 ? 1 : pair + 1));
      }
    }
}

TEST_F(LinkTest, FifoLeavesToLaterChunksWhatEarlierOnesCannotUse) {
  Link link = make({.bandwidth = 8'000'000'000,
                    .egress = {8'000'000'000, 2'000'000'000},
                    .discipline = Discipline::fifo},
                   2, 1);
  link.offer(0ns, {1, 0}, 1000);  // 4000 ns at a quarter of the receiver's rate
  link.offer(0ns, {0, 0}, 3000);
  EXPECT_EQ(link.delivery({1, 0}, 0).end, 4000ns);
  EXPECT_EQ(link.delivery({0, 0}, 0).end, 4000ns);
}

TEST_F(LinkTest, RemaindersOfANanosecondAreCarriedNotLost) {
  for (const Discipline discipline : {Discipline::fair, Discipline::fifo}) {
    Link link = make({.bandwidth = 3'000'000'000, .discipline = discipline});
    std::uint64_t last = 0;
    for (int i = 0; i < 900; ++i) last = link.offer(0ns, {}, 1);  // 2.67 ns each
    EXPECT_EQ(link.delivery({}, last).end, 2400ns);
  }
}

TEST_F(LinkTest, FlowsThatShareNothingDoNotDisturbEachOther) {
  std::mt19937_64 random(7);
  for (int trial = 0; trial < 50; ++trial) {
    const LinkSpec spec{.bandwidth = 10'000'000'007};
    Link quiet = make(spec, 4, 3);
    std::vector<std::byte> other_memory(Link::bytes_needed(4, 3));
    Link disturbed = Link::initialize(other_memory, spec, 4, 3);
    Time now{0};
    std::vector<std::pair<FlowId, std::uint64_t>> offers;
    for (int i = 0; i < 40; ++i) {
      const FlowId id{static_cast<std::uint32_t>(random() % 3),
                      static_cast<std::uint32_t>(random() % 2)};
      const std::uint64_t bytes = 1 + random() % 100'000;
      now += Time(random() % 25'000);
      disturbed.offer(now, {3, 2},
                      1 + random() % 100);  // splits every other flow's service at `now`
      now += Time(random() % 25'000);
      offers.emplace_back(id, quiet.offer(now, id, bytes));
      EXPECT_EQ(disturbed.offer(now, id, bytes), offers.back().second);
    }
    for (const auto& [id, chunk] : offers) {
      EXPECT_EQ(quiet.delivery(id, chunk).start, disturbed.delivery(id, chunk).start);
      EXPECT_EQ(quiet.delivery(id, chunk).end, disturbed.delivery(id, chunk).end);
      EXPECT_LE(quiet.delivery(id, chunk).ready, quiet.delivery(id, chunk).start);
      EXPECT_LT(quiet.delivery(id, chunk).start, quiet.delivery(id, chunk).end);
    }
  }
}

TEST_F(LinkTest, BytesArriveNoFasterThanTheNicsAllow) {
  std::mt19937_64 random(11);
  Link link = make(kGigabyte, 2, 2);
  std::uint64_t bytes[2] = {};
  Time last{0};
  std::vector<std::pair<FlowId, std::uint64_t>> offers;
  for (int i = 0; i < 200; ++i) {
    const FlowId id{static_cast<std::uint32_t>(random() % 2),
                    static_cast<std::uint32_t>(random() % 2)};
    const std::uint64_t size = 1 + random() % 5000;
    bytes[id.sender] += size;
    offers.emplace_back(id, link.offer(0ns, id, size));
  }
  for (const auto& [id, chunk] : offers) last = std::max(last, link.delivery(id, chunk).end);
  EXPECT_GE(last.count(), std::max(bytes[0], bytes[1]));
  EXPECT_LE(last.count(), bytes[0] + bytes[1]);
}

TEST_F(LinkTest, ATransferThatSpansAChangeOfRateIsExact) {
  for (const Discipline discipline : {Discipline::fair, Discipline::fifo}) {
    const LinkSpec spec{.bandwidth = 8'000'000'000,
                        .schedule = {{1000ns, 3'000'000'000}, {1500ns, 8'000'000'000}},
                        .discipline = discipline};
    Link link = make(spec);
    const auto first = link.offer(200ns, {}, 900);  // 800 bytes, then 100 at 2.67 ns each
    const auto second =
        link.offer(200ns, {}, 100);  // 1500 bit are through after 500 ns: 87.5 bytes
    EXPECT_EQ(link.delivery({}, first).end, 1267ns);
    EXPECT_EQ(link.delivery({}, second).start, 1267ns);
    EXPECT_EQ(link.delivery({}, second).end, 1513ns);  // the last 12.5 bytes take 12.5 ns
  }
}

TEST_F(LinkTest, RatesChangeAtTimesThatCountFromTheOrigin) {
  const LinkSpec spec{.bandwidth = 8'000'000'000, .schedule = {{1000ns, 4'000'000'000}}};
  Link link = make(spec);
  link.reset(5000ns);
  EXPECT_EQ(link.offer(5500ns, {}, 1000), 0u);
  EXPECT_EQ(link.delivery({}, 0).end, 7000ns);
}

TEST_F(LinkTest, AResetWireIsEmptyAndCountsFromZero) {
  for (const Discipline discipline : {Discipline::fair, Discipline::fifo}) {
    Link link = make({.bandwidth = 8'000'000'000, .discipline = discipline}, 2, 1);
    link.offer(0ns, {0, 0}, 1'000'000);
    link.reset(100ns);
    EXPECT_EQ(link.offer(100ns, {1, 0}, 1000), 0u);
    EXPECT_EQ(link.delivery({1, 0}, 0).end, 1100ns);
    EXPECT_EQ(link.offer(1100ns, {0, 0}, 1000), 0u);
    EXPECT_EQ(link.delivery({0, 0}, 0).end, 2100ns);
  }
}

TEST_F(LinkTest, TheSlowestOfNicsAndSpineDecides) {
  Link slow_egress =
      make({.bandwidth = 8'000'000'000, .egress = {8'000'000'000, 1'000'000'000}}, 2);
  slow_egress.offer(0ns, {1, 0}, 1000);
  EXPECT_EQ(slow_egress.delivery({1, 0}, 0).end, 8000ns);
  slow_egress.offer(0ns, {0, 0}, 7000);  // gets what the other cannot use
  EXPECT_EQ(slow_egress.delivery({0, 0}, 0).end, 8000ns);

  Link slow_ingress = make({.bandwidth = 8'000'000'000, .ingress = {2'000'000'000}});
  slow_ingress.offer(0ns, {}, 1000);
  EXPECT_EQ(slow_ingress.delivery({}, 0).end, 4000ns);

  Link spine = make({.bandwidth = 8'000'000'000, .spine = 8'000'000'000}, 2, 2);
  spine.offer(0ns, {0, 0}, 1000);
  spine.offer(0ns, {1, 1}, 1000);
  EXPECT_EQ(spine.delivery({1, 1}, 0).end, 2000ns);
}

TEST_F(LinkTest, EfficiencyIsAShareOfEveryRate) {
  Link link = make({.bandwidth = 8'000'000'000, .efficiency = 0.5});
  link.offer(0ns, {}, 1000);
  EXPECT_EQ(link.delivery({}, 0).end, 2000ns);
}

TEST_F(LinkTest, AnUnlimitedWireIsStillAWire) {
  Link link = make({.bandwidth = kUnlimited});
  link.offer(0ns, {}, 1'000'000);
  EXPECT_EQ(link.delivery({}, 0).end, 8ns);
}

TEST_F(LinkTest, AnAbandonedFlowMakesRoomAndItsNumbersGoOn) {
  Link link = make(kGigabyte, 1, 2);
  link.offer(0ns, {0, 0}, 1000);
  link.offer(0ns, {0, 0}, 1000);
  link.offer(0ns, {0, 1}, 2000);
  link.abandon(2400ns, {0, 0});  // its first chunk left at 2000, its second is under way
  EXPECT_EQ(link.delivery({0, 0}, 0).end, 2000ns);
  EXPECT_EQ(link.delivery({0, 0}, 1).end, Time::max());
  EXPECT_EQ(link.delivery({0, 0}, 1).arrival, Time::max());
  EXPECT_EQ(link.delivery({0, 1}, 0).end, 3200ns);
  EXPECT_EQ(link.offer(4000ns, {0, 0}, 100), 2u);
  EXPECT_EQ(link.delivery({0, 0}, 2).end, 4100ns);
}

TEST_F(LinkTest, WhatStandsBehindAnAbandonedFlowMovesUp) {
  Link link = make({.bandwidth = 8'000'000'000, .discipline = Discipline::fifo}, 2, 1);
  link.offer(0ns, {0, 0}, 1000);
  link.offer(0ns, {1, 0}, 1000);
  link.offer(0ns, {0, 0}, 1000);
  link.offer(0ns, {1, 0}, 1000);
  link.abandon(500ns, {0, 0});
  EXPECT_EQ(link.delivery({0, 0}, 0).end, Time::max());
  EXPECT_EQ(link.delivery({1, 0}, 0).start, 500ns);
  EXPECT_EQ(link.delivery({1, 0}, 0).end, 1500ns);
  EXPECT_EQ(link.delivery({1, 0}, 1).end, 2500ns);
  link.abandon(1000ns, {1, 0});
  EXPECT_EQ(link.offer(1000ns, {0, 0}, 100), 2u);
  EXPECT_EQ(link.delivery({0, 0}, 2).end, 1100ns);
}

TEST_F(LinkTest, AnEpochGrowsWhenAnArrivalMovesForwardAndOnlyThen) {
  Link link = make(kGigabyte, 2, 2);
  link.offer(0ns, {0, 0}, 1000);
  link.offer(0ns, {0, 1}, 1000);
  EXPECT_EQ(link.epoch(0), 0u);
  link.offer(100ns, {1, 1}, 100'000);  // takes from {0, 1} what {0, 0} now gets
  EXPECT_EQ(link.epoch(0), 0u);        // both were at half rate, and are still
  link.offer(100ns, {1, 1}, 100'000);
  EXPECT_EQ(link.epoch(0) + link.epoch(1), 0u);
  link.abandon(200ns, {0, 1});
  EXPECT_GT(link.epoch(0), 0u);
  const auto before = link.epoch(1);
  link.abandon(10'000ns, {1, 1});
  EXPECT_EQ(link.epoch(1), before);  // what never arrives did not move forward
}

TEST_F(LinkTest, AChunkThatWouldTakeLifetimesNeverArrives) {
  Link link = make({.bandwidth = 1});
  link.offer(0ns, {}, 1'000'000'000'000);
  EXPECT_EQ(link.delivery({}, 0).arrival, Time::max());
}

struct JitterTest : LinkTest {
  std::vector<Delivery> deliveries(Time jitter, std::uint64_t seed) {
    Link link = make({.bandwidth = 8'000'000'000, .latency = 50ns, .jitter = jitter, .seed = seed});
    for (int i = 0; i < 1000; ++i) link.offer(Time(10'000 * i), {}, 1000);
    std::vector<Delivery> all;
    for (std::uint64_t i = 0; i < 1000; ++i) all.push_back(link.delivery({}, i));
    return all;
  }
};

TEST_F(JitterTest, IsUniformFromZeroToItsBound) {
  const std::vector<Delivery> all = deliveries(1000ns, 1);
  Time sum{0}, least = Time::max(), most{0};
  for (const Delivery& d : all) {
    const Time jitter = d.arrival - d.end - 50ns;
    sum += jitter;
    least = std::min(least, jitter);
    most = std::max(most, jitter);
  }
  EXPECT_GE(least, 0ns);
  EXPECT_LE(most, 1000ns);
  EXPECT_LT(least, 10ns);
  EXPECT_GT(most, 990ns);
  EXPECT_NEAR(static_cast<double>((sum / 1000).count()), 500, 30);
}

TEST_F(JitterTest, KeepsTheOrderOfAFlow) {
  const std::vector<Delivery> all = deliveries(1'000'000ns, 1);
  EXPECT_TRUE(std::ranges::is_sorted(all, {}, &Delivery::arrival));
}

TEST_F(JitterTest, DependsOnTheSeedAlone) {
  const auto arrivals = [&](std::uint64_t seed) {
    std::vector<Time> times;
    for (const Delivery& d : deliveries(1000ns, seed)) times.push_back(d.arrival);
    return times;
  };
  EXPECT_EQ(arrivals(1), arrivals(1));
  EXPECT_NE(arrivals(1), arrivals(2));
}

}  // namespace
}  // namespace splitbench
