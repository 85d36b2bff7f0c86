#include <gtest/gtest.h>

#include "sim/run/example_scenario.hpp"
#include "sim/run/simulate.hpp"
#include "sim/run/virtual/virtual_run.hpp"

namespace splitbench {
namespace {

/// Returns sessions of six turns: each prompt is the one before it, its output, and 100 tokens
/// more.
std::vector<Request> sessions(std::uint64_t count) {
  std::vector<Request> trace;
  for (std::uint64_t turn = 0; turn < 6; ++turn)
    for (std::uint64_t session = 0; session < count; ++session) {
      Request request{.id = trace.size(),
                      .session = std::to_string(session),
                      .arrival = Time(1'000'000) * session,
                      .prompt_tokens = 300 + 110 * turn,
                      .output_tokens = 10};
      if (turn > 0) {
        request.prefix_of = request.id - count;
        request.prefix_tokens = 200 + 110 * turn;
        request.after = {request.prefix_of};
        request.delay = Time(2'000'000);
      }
      trace.push_back(request);
    }
  return trace;
}

class SessionRunTest : public testing::Test {
 protected:
  SessionRunTest() {
    scenario_.workload.arrivals = Arrivals::poisson;
    scenario_.workers = {.prefill = 3, .decode = 2};
    scenario_.dispatch = Dispatch::session_affinity;
  }

  RunRecord run() const {
    const KvSource source =
        KvSource::load(scenario_.kv, scenario_.pipeline.model, scenario_.pipeline.element_type, 1);
    return run_virtually(scenario_, &source, trace_, Arm::raw, 0);
  }

  Scenario scenario_ = example_scenario();
  std::vector<Request> trace_ = sessions(7);
};

TEST_F(SessionRunTest, ATurnArrivesWhenItsPredecessorEndedPlusTheToolsTime) {
  const RunRecord record = run();
  for (const Timeline& t : record.timelines) {
    EXPECT_EQ(t.status, Status::ok);
    for (const std::uint64_t before : t.request.after)
      EXPECT_EQ(t.arrival, record.timelines[before].last_token + t.request.delay);
  }
}

TEST_F(SessionRunTest, UnderAffinityASessionStaysWhereItsKvIs) {
  const RunRecord record = run();
  for (const Timeline& t : record.timelines) {
    if (t.request.after.empty()) continue;
    const Timeline& before = record.timelines[t.request.after[0]];
    EXPECT_EQ(t.prefill_worker, before.prefill_worker);
    EXPECT_EQ(t.decode_worker, before.decode_worker);
    EXPECT_EQ(t.prefill_cached_tokens, before.request.prompt_tokens);
    EXPECT_EQ(t.decode_resident_tokens, 0u);  // transfer: full
  }
}

TEST_F(SessionRunTest, OnlyMissingBlocksTravelWhereTheDecodeWorkerHasTheRest) {
  scenario_.transfer = TransferKind::missing_blocks;
  const RunRecord record = run();
  for (const Timeline& t : record.timelines) {
    EXPECT_EQ(t.decode_resident_tokens, t.request.prefix_tokens);
    EXPECT_EQ(t.raw_bytes, (t.request.prompt_tokens - t.decode_resident_tokens) *
                               scenario_.pipeline.raw_bytes(1));
  }
}

TEST_F(SessionRunTest, WithoutAPrefixCacheEverythingIsComputedAgainAndTakesLonger) {
  scenario_.hardware.flops = 1e12;
  const RunRecord with = run();
  scenario_.prefix_cache = false;
  const RunRecord without = run();
  const auto computed = [](const RunRecord& record) {
    Time sum{0};
    for (const Timeline& t : record.timelines)
      for (const Span& span : t.spans)
        if (span.stage == Stage::prefill_compute) sum += span.end - span.begin;
    return sum;
  };
  for (const Timeline& t : without.timelines) EXPECT_EQ(t.prefill_cached_tokens, 0u);
  EXPECT_GT(computed(without), computed(with) * 3 / 2);
}

TEST_F(SessionRunTest, EveryPolicyGetsEveryTurnThroughInBatchesToo) {
  for (const Dispatch dispatch :
       {Dispatch::round_robin, Dispatch::least_loaded, Dispatch::session_affinity})
    for (const TransferKind transfer : {TransferKind::full, TransferKind::missing_blocks})
      for (const std::uint32_t batch : {1u, 4u})
        for (const Arrivals arrivals : {Arrivals::poisson, Arrivals::closed}) {
          scenario_.dispatch = dispatch;
          scenario_.transfer = transfer;
          scenario_.workload.batch_size = batch;
          scenario_.workload.arrivals = arrivals;
          scenario_.workload.concurrency = 4;
          for (const Timeline& t : run().timelines) ASSERT_EQ(t.status, Status::ok);
        }
}

TEST_F(SessionRunTest, AWorkerThatWasLostHasNothingOfItsSessionsAnyMore) {
  scenario_.workers = {.prefill = 1, .decode = 1};
  scenario_.on_fault = OnFault::retry;
  scenario_.transfer = TransferKind::missing_blocks;
  scenario_.restart_time = Time(0);
  trace_ = sessions(1);
  const Time third = run().timelines[2].arrival;  // its turn is at work just after that
  scenario_.faults = {{.kind = FaultKind::kill, .decode = 0, .at = third}};
  const RunRecord record = run();
  for (const Timeline& t : record.timelines) EXPECT_EQ(t.status, Status::ok);
  EXPECT_EQ(record.timelines[2].decode_resident_tokens, 0u);
  EXPECT_EQ(record.timelines[2].prefill_cached_tokens, 410u);
  EXPECT_GT(record.timelines[3].decode_resident_tokens, 0u);
}

}  // namespace
}  // namespace splitbench
