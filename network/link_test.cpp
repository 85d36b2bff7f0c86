#include "network/link.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <vector>

#include "network/max_min.hpp"

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
  static constexpr LinkSpec kGigabyte{.bandwidth = 8'000'000'000};  // a byte takes a nanosecond
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

TEST_F(LinkTest, FifoServesOneChunkAtATimeWhoeverSendsIt) {
  Link link = make({.bandwidth = 8'000'000'000, .discipline = Discipline::fifo}, 2, 2);
  link.offer(0ns, {0, 0}, 1000);
  const auto b = link.offer(0ns, {1, 1}, 1000);
  EXPECT_EQ(link.delivery({1, 1}, b).start, 1000ns);
  EXPECT_EQ(link.delivery({1, 1}, b).end, 2000ns);
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

TEST(MaxMinTest, ASharedIngressLimitsAllItsSendersAlike) {
  const std::vector<Endpoints> flows = {{0, 0}, {1, 0}, {2, 0}};
  EXPECT_EQ(max_min_rates(flows, 300), (std::vector<std::uint64_t>{100, 100, 100}));
}

TEST(MaxMinTest, WhatOneFlowCannotUseGoesToTheOthers) {
  // Receiver 0 takes three flows; sender 2 has a second flow to the free receiver 1.
  const std::vector<Endpoints> flows = {{0, 0}, {1, 0}, {2, 0}, {2, 1}};
  EXPECT_EQ(max_min_rates(flows, 300), (std::vector<std::uint64_t>{100, 100, 100, 200}));
}

}  // namespace
}  // namespace splitbench
