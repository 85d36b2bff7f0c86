#include "sim/run/virtual/replay.hpp"

#include <gtest/gtest.h>

#include "sim/run/dispatch/link_rate.hpp"
#include "sim/run/example_scenario.hpp"
#include "sim/run/simulate.hpp"
#include "sim/run/virtual/model_costs.hpp"
#include "sim/run/virtual/virtual_fleet.hpp"
#include "workers/codebooks/codebook_keeper.hpp"

namespace splitbench {
namespace {

/// Returns the records of a run without any disturbance, for its replay.
std::vector<JobRecord> undisturbed(const Scenario& scenario, Arm arm) {
  const Pipeline& pipeline = scenario.pipeline;
  const KvSource source = KvSource::load(scenario.kv, pipeline.model, pipeline.element_type, 1);
  const auto trace = example_trace();
  VirtualLoop loop;
  ModelCosts costs(scenario, pipeline, &source);
  VirtualFleet fleet(loop, scenario,
                     keeper_spec(scenario.drift, pipeline, source,
                                 estimate_of(pipeline, scenario.hardware, scenario.transport, 0)),
                     costs, costs);
  Supervisor supervisor(loop, scenario, fleet);
  Dispatcher dispatcher(loop, scenario, trace, {.arm = arm, .keep_measurements = true}, fleet,
                        supervisor, [] {});
  fleet.bring_up(dispatcher, dispatcher, &supervisor);
  dispatcher.begin();
  loop.run();
  return dispatcher.completed();
}

TEST(ReplayTest, ARunThatFollowsTheModelHasNoIntrusion) {
  for (const Arm arm : {Arm::raw, Arm::bypass, Arm::splitzip})
    for (const bool overlap : {true, false}) {
      Scenario scenario = example_scenario();
      scenario.pipeline.overlap = overlap;
      const Intrusion none = intrusion(scenario, undisturbed(scenario, arm));
      EXPECT_EQ(none.sender, 0);
      EXPECT_EQ(none.receiver, 0);
    }
}

TEST(ReplayTest, ReplaysChangesOfBandwidthFromTheRunsOwnOrigin) {
  Scenario scenario = example_scenario();
  scenario.link.schedule = {{std::chrono::milliseconds(20), 200'000'000}};
  scenario.link.jitter = Time(30'000);
  auto jobs = undisturbed(scenario, Arm::raw);
  EXPECT_EQ(intrusion(scenario, jobs).total(), 0);
  for (auto& job : jobs) job.began->at += Time(1'000'000'000);  // a clock that began earlier
  EXPECT_NE(intrusion(scenario, jobs).total(), 0);
  EXPECT_EQ(intrusion(scenario, jobs, Time(1'000'000'000)).total(), 0);
}

TEST(ReplayTest, ALateHandOverIsIntrusionOfTheReceiver) {
  const Scenario scenario = example_scenario();
  auto jobs = undisturbed(scenario, Arm::raw);
  for (auto& job : jobs) {
    Span& last = job.installed->spans.back();
    const Time late = (last.end - job.installed->spans.front().begin) / 10;
    last = {last.stage, last.begin + late, last.end + late};
  }
  const Intrusion seen = intrusion(scenario, jobs);
  EXPECT_NEAR(seen.receiver, 0.1, 0.01);
  EXPECT_NEAR(seen.sender, 0, 1e-9);
}

TEST(ReplayTest, ALateOfferIsIntrusionOfTheSender) {
  const Scenario scenario = example_scenario();
  auto jobs = undisturbed(scenario, Arm::raw);
  for (auto& job : jobs) {
    const Time late = (job.installed->at - job.installed->spans.front().begin) / 10;
    for (Span& s : job.installed->spans) s = {s.stage, s.begin + late, s.end + late};
  }
  const Intrusion seen = intrusion(scenario, jobs);
  EXPECT_NEAR(seen.sender, 0.1, 0.01);
  EXPECT_NEAR(seen.receiver, 0, 1e-9);
}

TEST(ReplayTest, JobsThatAFaultDisturbedDoNotCount) {
  const Scenario scenario = example_scenario();
  auto jobs = undisturbed(scenario, Arm::raw);
  Installed& late = *jobs[3].installed;
  Span& last = late.spans.back();
  last = {last.stage, last.begin + Time(50'000'000), last.end + Time(50'000'000)};
  const Window then{jobs[3].began->at, late.at};
  EXPECT_GT(intrusion(scenario, jobs).total(), 0.01);
  EXPECT_EQ(intrusion(scenario, jobs, Time{0}, {&then, 1}).total(), 0);
}

TEST(ReplayTest, NothingTransferredIsNoIntrusion) {
  const Scenario scenario = example_scenario();
  EXPECT_EQ(intrusion(scenario, {}).total(), 0);
}

TEST(LinkRateTest, AnUndisturbedWireRunsAtItsBandwidthAndALateOneBelow) {
  const Scenario scenario = example_scenario();
  auto jobs = undisturbed(scenario, Arm::raw);
  EXPECT_NEAR(link_rate_achieved(jobs, scenario.link), 1e9, 1e5);
  for (auto& job : jobs)
    for (Time& late : job.installed->lateness) late += Time(5'000'000);
  EXPECT_LT(link_rate_achieved(jobs, scenario.link), 0.9e9);
}

}  // namespace
}  // namespace splitbench
