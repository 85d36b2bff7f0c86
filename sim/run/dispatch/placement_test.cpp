#include "sim/run/dispatch/placement.hpp"

#include <gtest/gtest.h>
#include <optional>
#include <utility>
#include <vector>

#include "sim/run/example_scenario.hpp"

namespace splitbench {
namespace {

/// Requests 0 and 1 begin two sessions, of which 2 and 3 are the second turns.
const std::vector<Request> kTrace = {
    {.id = 0, .prompt_tokens = 100},
    {.id = 1, .prompt_tokens = 400},
    {.id = 2, .prompt_tokens = 150, .prefix_of = 0, .prefix_tokens = 100},
    {.id = 3, .prompt_tokens = 450, .prefix_of = 1, .prefix_tokens = 400},
};

bool every_flow(const FlowId&) {
  return true;
}

using Pair = std::pair<std::uint32_t, std::uint32_t>;

class PlacementTest : public testing::Test {
 protected:
  PlacementTest() { scenario.workers = {.prefill = 2, .decode = 2}; }

  static Job job_of(std::uint64_t request) {
    return {.requests = {{.id = request, .prompt_tokens = kTrace[request].prompt_tokens}}};
  }
  std::uint64_t memory_of(std::uint64_t request) const {
    return scenario.pipeline.memory_of(kTrace[request].prompt_tokens);
  }
  static Pair workers(const Job& job) { return {job.prefill_worker, job.decode_worker}; }

  /// Returns the workers that took a job of this request.
  static std::optional<Pair> place(Placement& placement, std::uint64_t request) {
    Job job = job_of(request);
    if (!placement.place(job, every_flow)) return std::nullopt;
    return workers(job);
  }
  /// Places a job of this request as place() does, and completes it at once.
  static std::optional<Pair> serve(Placement& placement, std::uint64_t request) {
    Job job = job_of(request);
    if (!placement.place(job, every_flow)) return std::nullopt;
    placement.stop_computing(job);
    placement.hold({.prefill = true, .index = job.prefill_worker}, request);
    placement.leave_prefill(job);
    placement.hold({.prefill = false, .index = job.decode_worker}, request);
    placement.leave_decode(job);
    return workers(job);
  }

  Scenario scenario = example_scenario();
};

TEST_F(PlacementTest, WorkersTakeTurnsAndAPrefillWorkerComputesOneJobAtATime) {
  Placement placement(scenario, kTrace);
  EXPECT_EQ(place(placement, 0), Pair(0, 0));
  EXPECT_EQ(place(placement, 1), Pair(1, 1));
  EXPECT_FALSE(place(placement, 2));
}

TEST_F(PlacementTest, OneJobDrainsWhileTheNextIsComputedButOnlyWithAPipeline) {
  scenario.workers = {.prefill = 1, .decode = 1};
  for (const bool overlap : {true, false}) {
    scenario.pipeline.overlap = overlap;
    Placement placement(scenario, kTrace);
    Job first = job_of(0);
    ASSERT_TRUE(placement.place(first, every_flow));
    placement.stop_computing(first);
    EXPECT_EQ(place(placement, 1).has_value(), overlap);
    EXPECT_FALSE(place(placement, 2));
  }
}

TEST_F(PlacementTest, AFlowThatIsDownIsPassedOver) {
  Placement placement(scenario, kTrace);
  Job job = job_of(0);
  ASSERT_TRUE(placement.place(job, [](const FlowId& f) { return f == FlowId{1, 0}; }));
  EXPECT_EQ(workers(job), Pair(1, 0));
  EXPECT_FALSE(placement.place(job, [](const FlowId&) { return false; }));
}

TEST_F(PlacementTest, WithoutMemoryAtBothEndsNoneIsTaken) {
  scenario.workers = {.prefill = 1, .decode = 1};
  scenario.prefill_memory = memory_of(1);
  scenario.decode_memory = memory_of(0);
  Placement placement(scenario, kTrace);
  EXPECT_FALSE(place(placement, 1));
  Job job = job_of(0);
  ASSERT_TRUE(placement.place(job, every_flow));
  placement.stop_computing(job);
  placement.leave_prefill(job);
  EXPECT_FALSE(place(placement, 0)) << "the decode worker is full";
  placement.leave_decode(job);
  EXPECT_TRUE(place(placement, 0));
}

TEST_F(PlacementTest, TheLeastLoadedWorkerIsTheOneWithTheFewestTokens) {
  scenario.dispatch = Dispatch::least_loaded;
  Placement placement(scenario, kTrace);
  Job long_one = job_of(1), short_one = job_of(0);
  ASSERT_TRUE(placement.place(long_one, every_flow));
  ASSERT_TRUE(placement.place(short_one, every_flow));
  placement.stop_computing(long_one);
  placement.stop_computing(short_one);
  EXPECT_EQ(workers(long_one), Pair(0, 0));
  EXPECT_EQ(place(placement, 3), Pair(0, 1)) << "by turn at prefill, by load at decode";
}

TEST_F(PlacementTest, ASessionWaitsForTheWorkerThatHoldsMostOfItsPrompt) {
  scenario.dispatch = Dispatch::session_affinity;
  Placement placement(scenario, kTrace);
  ASSERT_EQ(serve(placement, 0), Pair(0, 0));
  ASSERT_EQ(serve(placement, 1), Pair(1, 1));
  Job other = job_of(3);
  ASSERT_TRUE(placement.place(other, every_flow));
  EXPECT_EQ(workers(other), Pair(1, 1));
  EXPECT_FALSE(place(placement, 3)) << "prefill worker 0 is free, but would compute it all";
  EXPECT_EQ(place(placement, 2), Pair(0, 0));
}

TEST_F(PlacementTest, AJobIsToldWhatItsWorkersHaveOfItUntilTheyAreLost) {
  scenario.workers = {.prefill = 1, .decode = 1};
  scenario.transfer = TransferKind::missing_blocks;
  Placement placement(scenario, kTrace);
  ASSERT_TRUE(serve(placement, 0));
  const auto second_turn = [&] {
    Job job = job_of(2);
    EXPECT_TRUE(placement.place(job, every_flow));
    placement.stop_computing(job);
    placement.leave_prefill(job);
    placement.leave_decode(job);
    return std::pair(job.requests[0].cached_tokens, job.requests[0].resident_tokens);
  };
  EXPECT_EQ(second_turn(), std::pair(100ul, 100ul));
  placement.forget({.prefill = true, .index = 0});
  EXPECT_EQ(second_turn(), std::pair(0ul, 100ul));
  placement.forget({.prefill = false, .index = 0});
  EXPECT_EQ(second_turn(), std::pair(0ul, 0ul));
}

}  // namespace
}  // namespace splitbench
