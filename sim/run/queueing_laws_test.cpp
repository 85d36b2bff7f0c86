#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>
#include <utility>
#include <vector>

#include "sim/run/single_wire.hpp"
#include "workloads/statistics.hpp"

namespace splitbench {
namespace {

constexpr std::size_t kArrivals = 20'000;

TEST(QueueingLawsTest, WaitsAtHalfLoadAreThoseOfMD1AndMM1) {
  const SingleWire wire;
  // Fixed lengths: rho / (2 (1 - rho)) services. Exponential ones: rho / (1 - rho).
  for (const auto& [lengths, services] : {std::pair{SingleWire::Lengths::fixed, 0.5},
                                          std::pair{SingleWire::Lengths::exponential, 1.0}}) {
    const auto times = SingleWire::times_of(wire.run(kArrivals, 0.5, lengths, 3));
    EXPECT_NEAR(mean(times.wait) / mean(times.service), services, 0.07 * services);
  }
}

TEST(QueueingLawsTest, AsManyAreInTheSystemAsComeInTheTimeThatOneStays) {
  const RunRecord record = SingleWire().run(kArrivals, 0.7, SingleWire::Lengths::exponential, 5);
  std::vector<std::pair<Time, int>> changes;
  double stays = 0;
  for (const Timeline& t : record.timelines) {
    changes.emplace_back(t.arrival, 1);
    changes.emplace_back(t.last_token, -1);
    stays += seconds(t.last_token - t.arrival);
  }
  std::ranges::sort(changes);
  double area = 0;
  int present = 0;
  for (std::size_t i = 0; i + 1 < changes.size(); ++i) {
    present += changes[i].second;
    EXPECT_GE(present, 0);
    area += present * seconds(changes[i + 1].first - changes[i].first);
  }
  // L = lambda W, both over the whole run, which begins and ends with an empty system.
  EXPECT_NEAR(area, stays, 1e-9 * stays);
}

TEST(QueueingLawsTest, TheWireIsNeverIdleWhileSomebodyWaits) {
  RunRecord record = SingleWire().run(kArrivals, 0.9, SingleWire::Lengths::exponential, 7);
  std::ranges::sort(record.transfers, {}, &Transfer::start);
  Time free{0};
  for (const Transfer& t : record.transfers) {
    const Time arrival = record.timelines[t.requests.front()].arrival;
    ASSERT_EQ(t.start, std::max(arrival, free)) << t.id;  // also: first come, first served
    free = t.end;
  }
}

TEST(QueueingLawsTest, WhatGoesInComesOutAtTheRateOfTheWire) {
  const RunRecord record = SingleWire().run(kArrivals, 0.6, SingleWire::Lengths::exponential, 9);
  const auto raw_bytes = [](const auto& all) {
    return std::accumulate(all.begin(), all.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const auto& t) { return sum + t.raw_bytes; });
  };
  EXPECT_EQ(raw_bytes(record.timelines), raw_bytes(record.transfers));
  for (const Transfer& t : record.transfers) {
    EXPECT_GT(t.wire_bytes, t.raw_bytes);  // a header
    const double nanoseconds = static_cast<double>(t.wire_bytes) * 8 / 100;
    EXPECT_NEAR(static_cast<double>((t.end - t.start).count()), nanoseconds, 1);
  }
}

}  // namespace
}  // namespace splitbench
