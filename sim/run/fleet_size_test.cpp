#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/run/example_scenario.hpp"
#include "sim/run/simulate.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

Scenario fleet_of(std::uint32_t workers, TimeKind time) {
  Scenario s = example_scenario();
  s.time = time;
  s.arms = {Arm::raw};
  s.workers = {.prefill = workers, .decode = workers};
  s.pipeline.staging = 0;
  s.workload.context = fixed(256);
  s.workload.output = fixed(2);
  s.workload.concurrency = 2 * workers;
  s.workload.requests = std::uint64_t{4} * workers;
  return s;
}

TEST(FleetSizeTest, InVirtualTimeHundredsOfWorkersServeEveryRequest) {
  const Scenario stated = fleet_of(300, TimeKind::virtual_time);
  const Load load = draw_load(stated);
  const Scenario scenario = size_memory(stated, load);
  EXPECT_GE(scenario.pipeline.staging_plan().slots, 300u);
  std::size_t completed = 0;
  const Simulation result = simulate(scenario, load,
                                     {.progress = [](const std::string&) {},
                                      .finished =
                                          [&](const RunRecord& run) {
                                            for (const Timeline& t : run.timelines)
                                              completed += t.status == Status::ok;
                                          }});
  EXPECT_EQ(result.failure, "");
  EXPECT_EQ(completed, 1200u);
}

TEST(FleetSizeTest, InRealTimeThereAreAtMost64OfAKind) {
  const Scenario stated = fleet_of(65, TimeKind::real);
  EXPECT_THAT([&] { size_memory(stated, draw_load(stated)); },
              testing::ThrowsMessage<InputError>(testing::HasSubstr(
                  "workers.prefill: 65 processes are too many for a run in real time")));
}

}  // namespace
}  // namespace splitbench
