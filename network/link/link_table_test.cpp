#include "network/link/link_table.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>
#include <random>

namespace splitbench {
namespace {

using Rates = std::vector<std::uint64_t>;

/// Flows over sending NICs, as many receiving ones and a spine behind them.
struct Network {
  std::vector<Route> flows;
  Rates capacities;

  Rates rates() const { return max_min_rates(flows, capacities); }
  Rates load(const Rates& rates) const {
    Rates sums(capacities.size());
    for (std::size_t i = 0; i < flows.size(); ++i)
      for (const auto resource : flows[i]) sums[resource] += rates[i];
    return sums;
  }
};

Network some_network(std::mt19937_64& random) {
  const auto nics = static_cast<std::uint32_t>(1 + random() % 5);
  Network network;
  for (std::uint32_t i = 0; i <= 2 * nics; ++i)
    network.capacities.push_back(1'000 + random() % 1'000'000);
  if (random() % 2) network.capacities.back() = 1'000'000'000;  // a limit that never matters
  for (std::size_t i = 1 + random() % 20; i > 0; --i)
    network.flows.push_back({static_cast<std::uint32_t>(random() % nics),
                             static_cast<std::uint32_t>(nics + random() % nics), 2 * nics});
  return network;
}

/// Returns the rates by filling up: all grow alike, a bit/s at a time, and a flow stops when a
/// resource on its way is full.
Rates filled_with_water(const Network& network) {
  Rates rates(network.flows.size());
  std::vector<bool> stopped(rates.size());
  while (!std::ranges::all_of(stopped, std::identity{})) {
    Rates more = rates;
    for (std::size_t i = 0; i < rates.size(); ++i) more[i] += !stopped[i];
    const Rates sums = network.load(more);
    for (std::size_t i = 0; i < rates.size(); ++i)
      for (const auto r : network.flows[i]) {
        if (sums[r] > network.capacities[r]) stopped[i] = true;
      }
    for (std::size_t i = 0; i < rates.size(); ++i) rates[i] += !stopped[i];
  }
  return rates;
}

TEST(MaxMinTest, ASharedIngressLimitsAllItsSendersAlike) {
  const Network network{{{0, 3, 4}, {1, 3, 4}, {2, 3, 4}}, {300, 300, 300, 300, 9000}};
  EXPECT_EQ(network.rates(), (Rates{100, 100, 100}));
}

TEST(MaxMinTest, WhatOneFlowCannotUseGoesToTheOthers) {
  // NIC 3 takes three flows; sender 2 has a second flow, to NIC 4.
  const Network network{{{0, 3, 5}, {1, 3, 5}, {2, 3, 5}, {2, 4, 5}},
                        {300, 300, 300, 300, 300, 9000}};
  EXPECT_EQ(network.rates(), (Rates{100, 100, 100, 200}));
}

TEST(MaxMinTest, ASlowNicLeavesTheRestOfTheSpineToTheOthers) {
  const Network network{{{0, 2, 4}, {1, 3, 4}}, {50, 1000, 1000, 1000, 400}};
  EXPECT_EQ(network.rates(), (Rates{50, 350}));
}

TEST(MaxMinTest, NothingIsOverfullAndEveryFlowHasABottleneck) {
  std::mt19937_64 random(3);
  for (int trial = 0; trial < 2000; ++trial) {
    const Network network = some_network(random);
    const Rates rates = network.rates();
    const Rates sums = network.load(rates);
    for (std::size_t r = 0; r < sums.size(); ++r) ASSERT_LE(sums[r], network.capacities[r]);

    const auto limits = [&](std::uint32_t resource, std::uint64_t rate) {
      std::uint64_t flows = 0, fastest = 0;
      for (std::size_t i = 0; i < rates.size(); ++i)
        if (std::ranges::find(network.flows[i], resource) != network.flows[i].end()) {
          ++flows;
          fastest = std::max(fastest, rates[i]);
        }
      return network.capacities[resource] - sums[resource] < flows && fastest <= rate;
    };
    for (std::size_t i = 0; i < rates.size(); ++i)
      ASSERT_TRUE(
          std::ranges::any_of(network.flows[i], [&](auto r) { return limits(r, rates[i]); }));
  }
}

TEST(MaxMinTest, TheOrderOfTheFlowsDecidesNothing) {
  std::mt19937_64 random(5);
  for (int trial = 0; trial < 500; ++trial) {
    const Network network = some_network(random);
    std::vector<std::size_t> order(network.flows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::shuffle(order, random);
    Network shuffled{{}, network.capacities};
    for (const auto i : order) shuffled.flows.push_back(network.flows[i]);
    const Rates rates = network.rates(), again = shuffled.rates();
    for (std::size_t i = 0; i < order.size(); ++i) ASSERT_EQ(again[i], rates[order[i]]);
  }
}

TEST(MaxMinTest, AgreesWithWaterThatRisesUnderAllFlowsAlike) {
  std::mt19937_64 random(9);
  for (int trial = 0; trial < 200; ++trial) {
    Network network = some_network(random);
    for (auto& capacity : network.capacities) capacity = network.flows.size() + capacity % 500;
    EXPECT_EQ(network.rates(), filled_with_water(network));
  }
}

TEST(MaxMinTest, NobodyStarvesWhereThereIsLessThanABitPerSecondForEach) {
  const Network network{{{0, 1, 2}, {0, 1, 2}, {0, 1, 2}}, {2, 100, 100}};
  EXPECT_EQ(network.rates(), (Rates{1, 1, 1}));
}

}  // namespace
}  // namespace splitbench
