#include <algorithm>
#include <gtest/gtest.h>
#include <map>

#include "sim/run/example_scenario.hpp"
#include "sim/run/simulate.hpp"
#include "sim/run/virtual/virtual_run.hpp"
#include "workers/kv/kv_source.hpp"
#include "workloads/partition.hpp"

namespace splitbench {
namespace {

/// Returns a scenario whose device makes each arm the best choice at some speed of the wire.
Scenario scenario_of(std::uint64_t gigabits) {
  Scenario s = example_scenario();
  s.hardware.rates = {
      {{"splitzip", ElementType::bf16}, {.encode = 6e10, .decode = 9e10, .call = 1e-5}},
      {{"ranked", ElementType::bf16}, {.encode = 1e10, .decode = 2e10, .call = 2e-5}}};
  s.hardware.copy = 5e10;
  s.kv.profile.k[0] = {.scale = 2, .spread = 0.6};
  s.kv.profile.v[0] = {.scale = 0.3, .spread = 0.3};
  s.compute = ComputeKind::none;
  s.link.bandwidth = gigabits * 1'000'000'000;
  return s;
}

std::map<Arm, RunRecord> runs_of(const Scenario& s, std::uint64_t tokens) {
  const KvSource source = KvSource::load(s.kv, s.pipeline.model, s.pipeline.element_type, s.seed);
  std::map<Arm, RunRecord> runs;
  for (const Arm arm : {Arm::raw, Arm::splitzip, Arm::ranked, Arm::automatic})
    runs[arm] = run_virtually(s, &source, equal_prompts(6, tokens), arm, 0);
  return runs;
}

double mean_transfer(const RunRecord& record) {
  double sum = 0;
  for (const Timeline& t : record.timelines)
    sum += static_cast<double>(partition(t).transfer.count());
  return sum / static_cast<double>(record.timelines.size());
}

TEST(ArmsRunTest, AutoIsWithinTwoPercentOfTheBestFixedChoiceEverywhere) {
  std::map<Arm, int> wins;
  for (const std::uint64_t gigabits : {1, 5, 10, 25, 50, 100, 200, 400, 800})
    for (const std::uint64_t tokens : {50, 500, 5'000, 50'000}) {
      const auto runs = runs_of(scenario_of(gigabits), tokens);
      Arm best = Arm::raw;
      for (const Arm arm : {Arm::splitzip, Arm::ranked})
        if (mean_transfer(runs.at(arm)) < mean_transfer(runs.at(best))) best = arm;
      ++wins[best];
      EXPECT_LE(mean_transfer(runs.at(Arm::automatic)), 1.02 * mean_transfer(runs.at(best)))
          << gigabits << " Gbit/s, " << tokens << " tokens";
    }
  EXPECT_EQ(wins.size(), 3u);  // each is the best somewhere, or the claim would be empty
}

double makespan(const RunRecord& record) {
  Time last{0};
  for (const Timeline& t : record.timelines) last = std::max(last, t.first_token);
  return static_cast<double>(last.count());
}

/// Requests all come at once, so that each but the first finds the wire busy and jobs behind it.
TEST(ArmsRunTest, UnderABacklogAutoIsDoneWithinTwoPercentOfTheBestFixedChoice) {
  for (const std::uint64_t gigabits : {10, 50, 100, 200, 400})
    for (const std::uint64_t tokens : {500, 5'000}) {
      Scenario s = scenario_of(gigabits);
      s.workload.concurrency = 6;
      const auto runs = runs_of(s, tokens);
      double best = makespan(runs.at(Arm::raw));
      for (const Arm arm : {Arm::splitzip, Arm::ranked})
        best = std::min(best, makespan(runs.at(arm)));
      EXPECT_LE(makespan(runs.at(Arm::automatic)), 1.02 * best)
          << gigabits << " Gbit/s, " << tokens << " tokens";
    }
}

TEST(ArmsRunTest, WhereRawIsBestAutoSendsRawBytesAndNoFrames) {
  const auto runs = runs_of(scenario_of(800), 50);
  EXPECT_EQ(runs.at(Arm::automatic).transfers[0].wire_bytes,
            runs.at(Arm::raw).transfers[0].wire_bytes);
  EXPECT_EQ(mean_transfer(runs.at(Arm::automatic)), mean_transfer(runs.at(Arm::raw)));
}

TEST(ArmsRunTest, RankedFramesAreShorterThanSplitZips) {
  for (const ElementType type : kElementTypes) {
    Scenario s = scenario_of(1);
    s.pipeline.element_type = type;
    const auto runs = runs_of(s, 5'000);
    const auto wire = [&](Arm arm) { return runs.at(arm).transfers[0].wire_bytes; };
    EXPECT_LT(wire(Arm::splitzip), wire(Arm::raw));
    EXPECT_LT(wire(Arm::ranked), wire(Arm::splitzip));
  }
}

}  // namespace
}  // namespace splitbench
