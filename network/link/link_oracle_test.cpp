#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <vector>

#include "network/link/link.hpp"
#include "network/link/link_table.hpp"

namespace splitbench {
namespace {

using Time = Link::Time;
using Units = unsigned __int128;

constexpr std::uint32_t kSenders = 3, kReceivers = 2, kFlows = kSenders * kReceivers;

FlowId flow_id(std::uint32_t flow) {
  return {flow / kReceivers, flow % kReceivers};
}

struct Event {
  std::int64_t at;
  std::uint32_t flow;
  std::uint64_t bytes;  // 0: the flow is abandoned
};

/// The wire simulated nanosecond by nanosecond: slow, and too simple to be wrong.
class SlowWire {
 public:
  explicit SlowWire(const LinkSpec& spec) : spec_(spec) {}

  void add(const Event& event) {
    if (event.bytes > 0) {
      ends_[event.flow].push_back(Time::max());
      queue_.push_back(
          {event.flow, ends_[event.flow].size() - 1, Units{event.bytes} * 8'000'000'000});
    } else {
      std::erase_if(queue_, [&](const Chunk& c) { return c.flow == event.flow; });
    }
  }

  void step() {
    std::map<std::uint32_t, Units> budget = budgets();
    std::erase_if(queue_, [&](Chunk& c) {
      Units& left = budget[c.flow];
      const Units served = std::min(left, c.left);
      left -= served;
      c.left -= served;
      if (c.left == 0) ends_[c.flow][c.number] = Time(now_ + 1);
      return c.left == 0;
    });
    ++now_;
  }

  bool busy() const { return !queue_.empty(); }
  std::int64_t now() const { return now_; }
  const std::vector<Time>& ends(std::uint32_t flow) { return ends_[flow]; }

 private:
  struct Chunk {
    std::uint32_t flow;
    std::size_t number;
    Units left;
  };

  /// Returns the bit-nanoseconds that each flow gets in the next nanosecond.
  std::map<std::uint32_t, Units> budgets() const {
    std::uint64_t bandwidth = spec_.bandwidth;
    for (const RateChange& change : spec_.schedule)
      if (change.at.count() <= now_) bandwidth = change.bandwidth;
    const std::uint64_t spine = spec_.spine == 0 ? kUnlimited : spec_.spine;

    std::vector<std::uint64_t> capacities;
    const auto add_nics = [&](const std::vector<std::uint64_t>& limits, std::uint32_t nics) {
      for (std::uint32_t i = 0; i < nics; ++i)
        capacities.push_back(limits.empty() ? bandwidth : std::min(bandwidth, limits[i]));
    };
    add_nics(spec_.egress, kSenders);
    add_nics(spec_.ingress, kReceivers);
    capacities.push_back(spine);
    std::vector<std::uint32_t> active;
    for (const Chunk& c : queue_)
      if (std::ranges::find(active, c.flow) == active.end()) active.push_back(c.flow);
    std::vector<Route> routes;
    for (const auto flow : active)
      routes.push_back({flow / kReceivers, kSenders + flow % kReceivers, kSenders + kReceivers});
    std::map<std::uint32_t, Units> budget;
    if (spec_.discipline == Discipline::fair) {
      const auto rates = max_min_rates(routes, capacities);
      for (std::size_t i = 0; i < active.size(); ++i) budget[active[i]] = rates[i];
    } else {
      for (std::size_t i = 0; i < active.size(); ++i) {  // those offered first come first
        const auto [out, in, all] = routes[i];
        const std::uint64_t rate = std::min({capacities[out], capacities[in], capacities[all]});
        for (const auto passed : routes[i]) capacities[passed] -= rate;
        budget[active[i]] = rate;
      }
    }
    return budget;
  }

  LinkSpec spec_;
  std::int64_t now_ = 0;
  std::vector<Chunk> queue_;  // in the order of offers
  std::map<std::uint32_t, std::vector<Time>> ends_;
};

class LinkOracleTest : public testing::TestWithParam<int> {
 protected:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  LinkSpec some_spec() {
    const auto rate = [&] { return 1'000'000'000 + below(9'000'000'000); };
    LinkSpec spec{.bandwidth = rate(), .latency = Time(50)};
    std::int64_t at = 0;
    for (auto changes = below(4); changes > 0; --changes)
      spec.schedule.push_back({Time(at += 1 + static_cast<std::int64_t>(below(1500))), rate()});
    if (below(2)) spec.discipline = Discipline::fifo;
    if (below(2)) spec.spine = rate();
    if (below(2)) spec.egress = {rate(), rate(), rate()};
    if (below(2)) spec.ingress = {rate(), rate()};
    if (below(2)) spec.jitter = Time(300);
    return spec;
  }

  std::vector<Event> some_events() {
    std::vector<Event> events;
    std::int64_t at = 0;
    for (auto left = 5 + below(40); left > 0; --left) {
      at += below(2) ? 0 : static_cast<std::int64_t>(below(200));
      events.push_back(
          {at, static_cast<std::uint32_t>(below(kFlows)), below(8) == 0 ? 0 : 1 + below(400)});
    }
    return events;
  }

  std::mt19937_64 random_{static_cast<std::uint64_t>(GetParam())};
};

TEST_P(LinkOracleTest, EveryChunkEndsWhenASlowerModelSaysSo) {
  const LinkSpec spec = some_spec();
  std::vector<std::byte> memory(Link::bytes_needed(kSenders, kReceivers));
  Link link = Link::initialize(memory, spec, kSenders, kReceivers);
  SlowWire slow(spec);
  for (const Event& event : some_events()) {
    while (slow.now() < event.at) slow.step();
    slow.add(event);
    if (event.bytes > 0)
      link.offer(Time(event.at), flow_id(event.flow), event.bytes);
    else
      link.abandon(Time(event.at), flow_id(event.flow));
  }
  while (slow.busy()) slow.step();
  for (std::uint32_t flow = 0; flow < kFlows; ++flow)
    for (std::uint64_t i = 0; i < slow.ends(flow).size(); ++i)
      ASSERT_EQ(link.delivery(flow_id(flow), i).end, slow.ends(flow)[i]) << flow << ' ' << i;
}

TEST_P(LinkOracleTest, AnEpochGrowsIfAndOnlyIfAnArrivalMovesForward) {
  std::vector<std::byte> memory(Link::bytes_needed(kSenders, kReceivers));
  Link link = Link::initialize(memory, some_spec(), kSenders, kReceivers);
  std::vector<std::uint64_t> chunks(kFlows);
  const auto arrivals = [&] {
    std::vector<std::vector<Time>> times(kFlows);
    for (std::uint32_t flow = 0; flow < kFlows; ++flow)
      for (std::uint64_t i = 0; i < chunks[flow]; ++i)
        times[flow].push_back(link.delivery(flow_id(flow), i).arrival);
    return times;
  };
  for (const Event& event : some_events()) {
    const auto before = arrivals();
    const std::uint64_t epochs[] = {link.epoch(0), link.epoch(1)};
    if (event.bytes > 0) {
      link.offer(Time(event.at), flow_id(event.flow), event.bytes);
      ++chunks[event.flow];
    } else {
      link.abandon(Time(event.at), flow_id(event.flow));
    }
    const auto after = arrivals();
    bool forward[kReceivers] = {};
    for (std::uint32_t flow = 0; flow < kFlows; ++flow)
      for (std::size_t i = 0; i < before[flow].size(); ++i)
        forward[flow % kReceivers] |= after[flow][i] < before[flow][i];
    for (std::uint32_t r = 0; r < kReceivers; ++r) EXPECT_EQ(link.epoch(r) > epochs[r], forward[r]);
  }
}

TEST_P(LinkOracleTest, WhatIsPastDoesNotMove) {
  std::vector<std::byte> memory(Link::bytes_needed(kSenders, kReceivers));
  Link link = Link::initialize(memory, some_spec(), kSenders, kReceivers);
  std::vector<std::uint64_t> chunks(kFlows);
  for (const Event& event : some_events()) {
    std::vector<std::pair<FlowId, std::uint64_t>> sent;
    std::vector<Delivery> before;
    for (std::uint32_t flow = 0; flow < kFlows; ++flow)
      for (std::uint64_t i = 0; i < chunks[flow]; ++i)
        if (const Delivery d = link.delivery(flow_id(flow), i); d.end <= Time(event.at)) {
          sent.emplace_back(flow_id(flow), i);
          before.push_back(d);
        }
    if (event.bytes > 0)
      chunks[event.flow] = link.offer(Time(event.at), flow_id(event.flow), event.bytes) + 1;
    else
      link.abandon(Time(event.at), flow_id(event.flow));
    for (std::size_t i = 0; i < sent.size(); ++i) {
      const Delivery after = link.delivery(sent[i].first, sent[i].second);
      EXPECT_EQ(after.start, before[i].start);
      EXPECT_EQ(after.end, before[i].end);
      EXPECT_EQ(after.arrival, before[i].arrival);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, LinkOracleTest, testing::Range(0, 60));

}  // namespace
}  // namespace splitbench
