#include "reports/analysis/verdict.hpp"

#include <gtest/gtest.h>
#include <random>

namespace splitbench {
namespace {

/// Returns the waits at a single server that takes `service` seconds per request; Poisson arrivals
/// come at `load` of its capacity, in order.
Waits queue_at(double load, std::uint64_t seed) {
  constexpr double service = 0.1;
  constexpr int requests = 400;
  std::mt19937_64 random(seed);
  std::exponential_distribution<double> gap(load / service);
  Waits waits;
  double now = 0, free_at = 0;
  for (int i = 0; i < requests; ++i) {
    now += gap(random);
    const double begin = std::max(now, free_at);
    free_at = begin + service;
    waits.arrival.push_back(now);
    waits.ttft.push_back(free_at - now);
    waits.waiting += begin - now;
  }
  return waits;
}

TEST(VerdictTest, ASystemWithTimeToSpareIsStable) {
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    EXPECT_EQ(verdict_of(queue_at(0.3, seed)), Verdict::stable) << seed;
}

TEST(VerdictTest, ASystemThatGetsMoreThanItCanDoIsOverloaded) {
  for (const double load : {1.3, 2.0, 10.0})
    for (std::uint64_t seed = 0; seed < 50; ++seed)
      EXPECT_EQ(verdict_of(queue_at(load, seed)), Verdict::overloaded) << load << ", " << seed;
}

TEST(VerdictTest, OneWhoseRequestsMostlyWaitInQueuesThatDoNotGrowIsBacklogged) {
  Waits waits{.arrival = {}, .ttft = {}, .waiting = 100 * 0.6};
  for (int i = 0; i < 100; ++i) {
    waits.arrival.push_back(i);
    waits.ttft.push_back(1 + 0.1 * (i % 2));
  }
  EXPECT_EQ(verdict_of(waits), Verdict::backlogged);
  waits.waiting = 100 * 0.4;
  EXPECT_EQ(verdict_of(waits), Verdict::stable);
}

TEST(VerdictTest, AFewRequestsShowNoGrowth) {
  EXPECT_EQ(verdict_of({.arrival = {0, 1, 2}, .ttft = {1, 2, 3}, .waiting = 0}), Verdict::stable);
}

TEST(VerdictTest, RequestsThatAllComeAtOnceShowNoGrowth) {
  Waits waits{.arrival = std::vector<double>(20, 0.0), .ttft = {}, .waiting = 0};
  for (int i = 0; i < 20; ++i) waits.ttft.push_back(i + 1);
  EXPECT_EQ(verdict_of(waits), Verdict::stable);
}

}  // namespace
}  // namespace splitbench
