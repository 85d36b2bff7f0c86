#include "sim/replay.hpp"

#include <gtest/gtest.h>
#include <optional>

#include "sim/example_scenario.hpp"
#include "sim/link_rate.hpp"
#include "sim/model_costs.hpp"
#include "sim/simulate.hpp"
#include "sim/virtual_fleet.hpp"

namespace splitbench {
namespace {

/// What a run without any disturbance leaves for its replay.
std::vector<Dispatcher::Transferred> undisturbed(const Scenario& scenario, Arm arm) {
  const Pipeline pipeline = pipeline_of(scenario);
  const KvSource source = KvSource::load(scenario.kv, scenario.model, 1);
  const auto trace = example_trace();
  VirtualLoop loop;
  ModelCosts costs(scenario, pipeline, source);
  std::optional<VirtualFleet> fleet;
  Dispatcher dispatcher(
      loop, scenario, trace, arm, 0,
      [&](const Job& job) { loop.post([&fleet, job] { fleet->start(job); }); }, [] {});
  fleet.emplace(loop, scenario, pipeline, costs, costs, dispatcher, dispatcher);
  dispatcher.begin();
  loop.run();
  return dispatcher.transferred();
}

TEST(ReplayTest, ARunThatFollowsTheModelHasNoIntrusion) {
  for (const Arm arm : {Arm::raw, Arm::bypass, Arm::splitzip})
    for (const bool overlap : {true, false}) {
      Scenario scenario = example_scenario();
      scenario.pipeline = overlap;
      EXPECT_EQ(intrusion(scenario, pipeline_of(scenario), undisturbed(scenario, arm)), 0);
    }
}

TEST(ReplayTest, ALateHandOverIsIntrusion) {
  const Scenario scenario = example_scenario();
  auto jobs = undisturbed(scenario, Arm::raw);
  for (auto& job : jobs) {
    Span& last = job.installed.spans.back();
    const Time late = (last.end - job.installed.spans.front().begin) / 10;
    last = {last.stage, last.begin + late, last.end + late};
  }
  EXPECT_NEAR(intrusion(scenario, pipeline_of(scenario), jobs), 0.1, 0.01);
}

TEST(ReplayTest, NothingTransferredIsNoIntrusion) {
  const Scenario scenario = example_scenario();
  EXPECT_EQ(intrusion(scenario, pipeline_of(scenario), {}), 0);
}

TEST(LinkRateTest, AnUndisturbedWireRunsAtItsBandwidthAndALateOneBelow) {
  const Scenario scenario = example_scenario();
  auto jobs = undisturbed(scenario, Arm::raw);
  EXPECT_NEAR(link_rate_achieved(jobs, scenario.link.latency), 1e9, 1e5);
  for (auto& job : jobs)
    for (Time& late : job.installed.lateness) late += Time(5'000'000);
  EXPECT_LT(link_rate_achieved(jobs, scenario.link.latency), 0.9e9);
}

}  // namespace
}  // namespace splitbench
