#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

#include "sim/run/dispatch/invariants.hpp"
#include "sim/run/example_scenario.hpp"
#include "sim/run/simulate.hpp"
#include "sim/run/virtual/virtual_run.hpp"
#include "workloads/partition.hpp"

namespace splitbench {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::HasSubstr;

Scenario faulty(std::vector<FaultSpec> faults) {
  Scenario s = example_scenario();
  s.on_fault = OnFault::retry;
  s.workers = {2, 2};
  s.workload.concurrency = 4;
  s.heartbeat_timeout = 500ms;
  s.restart_time = 100ms;
  s.faults = std::move(faults);
  return s;
}

RunRecord run(const Scenario& scenario, Arm arm = Arm::splitzip, std::size_t requests = 12) {
  static const KvSource source =
      KvSource::load(scenario.kv, scenario.pipeline.model, scenario.pipeline.element_type, 1);
  RunRecord record = run_virtually(scenario, &source, example_trace(requests), arm, 0);
  check_invariants(record);
  return record;
}

std::vector<Status> statuses(const RunRecord& record) {
  std::vector<Status> all;
  for (const Timeline& t : record.timelines) all.push_back(t.status);
  return all;
}

std::uint64_t retries(const RunRecord& record) {
  std::uint64_t sum = 0;
  for (const Timeline& t : record.timelines) sum += t.retries;
  return sum;
}

/// The moment at which four requests are in flight, with 1 Gbit/s and some 2 MB per request.
constexpr auto kInTheMiddle = 20ms;

TEST(RecoveryTest, AKilledWorkerIsStartedAnewAndItsRequestsComeThrough) {
  for (const bool prefill : {true, false}) {
    FaultSpec kill{.kind = FaultKind::kill, .at = kInTheMiddle};
    (prefill ? kill.prefill : kill.decode) = 1;
    const RunRecord record = run(faulty({kill}));
    EXPECT_THAT(statuses(record), Each(Status::ok));
    ASSERT_EQ(record.incidents.size(), 1u);
    const Incident& incident = record.incidents.front();
    EXPECT_EQ(incident.fault, "kill");
    EXPECT_EQ(incident.target, prefill ? "prefill worker 1" : "decode worker 1");
    EXPECT_EQ(incident.injected, kInTheMiddle);
    EXPECT_EQ(incident.detected, kInTheMiddle);
    EXPECT_GE(incident.recovered, kInTheMiddle + 100ms);
    EXPECT_GT(incident.retried, 0u);
    EXPECT_EQ(incident.retried, retries(record));
    EXPECT_EQ(incident.lost, 0u);
  }
}

TEST(RecoveryTest, AStoppedWorkerIsGivenUpWhenItIsSilentForTooLong) {
  const RunRecord record =
      run(faulty({{.kind = FaultKind::stop, .decode = 0, .at = kInTheMiddle}}));
  EXPECT_THAT(statuses(record), Each(Status::ok));
  EXPECT_EQ(record.incidents.front().detected, kInTheMiddle + 500ms);
}

TEST(RecoveryTest, AWorkerThatStandsStillForAMomentGoesOnAndNothingIsSentAgain) {
  for (const bool prefill : {true, false}) {
    FaultSpec stop{.kind = FaultKind::stop, .at = kInTheMiddle, .duration = 300ms};
    (prefill ? stop.prefill : stop.decode) = 0;
    const RunRecord record = run(faulty({stop}));
    EXPECT_THAT(statuses(record), Each(Status::ok));
    EXPECT_EQ(retries(record), 0u);
    EXPECT_FALSE(record.incidents.front().detected);
    EXPECT_GT(record.duration, run(faulty({})).duration + 100ms);
  }
}

TEST(RecoveryTest, ALostConnectionIsMadeAgain) {
  for (const FaultKind kind : {FaultKind::cut, FaultKind::corrupt}) {
    const RunRecord record = run(faulty({{.kind = kind, .prefill = 0, .decode = 0, .at = 3ms}}));
    EXPECT_THAT(statuses(record), Each(Status::ok));
    ASSERT_EQ(record.incidents.size(), 1u);
    EXPECT_EQ(record.incidents.front().target, "prefill worker 0 -> decode worker 0");
    EXPECT_TRUE(record.incidents.front().recovered);
    EXPECT_GT(retries(record), 0u);
  }
}

TEST(RecoveryTest, WithoutPayloadHashesAChangedByteIsFoundByTheDigestAndEndsTheRun) {
  Scenario scenario = faulty({{.kind = FaultKind::corrupt, .prefill = 0, .decode = 0, .at = 3ms}});
  scenario.transport_options.payload_hash = false;
  EXPECT_THAT(run(scenario).failure, HasSubstr("KV of request 0 differs"));
}

TEST(RecoveryTest, APeerThatReadsNothingIsWaitedForAndThenGivenUp) {
  for (const FaultKind kind : {FaultKind::stop_reading, FaultKind::delay}) {
    FaultSpec fault{.kind = kind, .prefill = 0, .decode = 0, .at = 3ms, .duration = 100ms};
    const RunRecord patient = run(faulty({fault}));
    EXPECT_THAT(statuses(patient), Each(Status::ok));
    EXPECT_EQ(retries(patient), 0u);
    fault.duration = 10s;
    const RunRecord given_up = run(faulty({fault}));
    EXPECT_THAT(statuses(given_up), Each(Status::ok));
    EXPECT_GT(retries(given_up), 0u);
    EXPECT_EQ(given_up.incidents.front().detected, 3ms + 500ms);
  }
}

TEST(RecoveryTest, AMessageThatComesTwiceChangesNothing) {
  RunRecord twice =
      run(faulty({{.kind = FaultKind::duplicate, .prefill = 0, .decode = 0, .at = 3ms}}));
  EXPECT_EQ(twice.incidents.front().recovered, 3ms);
  EXPECT_EQ(twice.duration, run(faulty({})).duration);
}

TEST(RecoveryTest, AFullPoolRefusesJobsUntilThereIsRoom) {
  const RunRecord record =
      run(faulty({{.kind = FaultKind::pool_full, .decode = 0, .at = 0ms, .duration = 30ms}}));
  EXPECT_THAT(statuses(record), Each(Status::ok));
  EXPECT_GT(retries(record), 0u);
  EXPECT_THAT(record.incidents.front().seen, HasSubstr("the KV pool is full"));
}

TEST(RecoveryTest, ACancelledRequestLeavesTheOthersAlone) {
  Scenario scenario = faulty({{.kind = FaultKind::cancel, .at = kInTheMiddle}});
  scenario.workload.batch_size = 2;
  const RunRecord record = run(scenario);
  EXPECT_EQ(std::ranges::count(statuses(record), Status::cancelled), 1);
  EXPECT_EQ(std::ranges::count(statuses(record), Status::ok), 11);
}

TEST(RecoveryTest, AWorkerThatKeepsDyingIsLeftAloneAndTheOthersServe) {
  std::vector<FaultSpec> kills;
  for (int i = 0; i < 3; ++i)
    kills.push_back({.kind = FaultKind::kill, .decode = 0, .at = kInTheMiddle + i * 150ms});
  Scenario scenario = faulty(kills);
  scenario.max_restarts = 1;
  const RunRecord record = run(scenario, Arm::raw, 40);
  EXPECT_THAT(statuses(record), Each(Status::ok));
  EXPECT_THAT(record.incidents[1].seen, HasSubstr("is not restarted again"));
}

TEST(RecoveryTest, WithNobodyLeftEveryRequestIsNamedAsLost) {
  Scenario scenario = faulty({{.kind = FaultKind::kill, .decode = 0, .at = kInTheMiddle}});
  scenario.workers = {2, 1};
  scenario.max_restarts = 0;
  const RunRecord record = run(scenario);
  EXPECT_EQ(std::ranges::count(statuses(record), Status::unfinished), 0);
  EXPECT_GT(std::ranges::count(statuses(record), Status::failed), 4);
  EXPECT_THAT(record.timelines.back().failure, HasSubstr("no decode worker is left"));
}

TEST(RecoveryTest, UnderFailFastTheRunEndsAndSaysWithWhom) {
  Scenario scenario = faulty({{.kind = FaultKind::kill, .decode = 1, .at = kInTheMiddle}});
  scenario.on_fault = OnFault::fail_fast;
  const RunRecord record = run(scenario);
  EXPECT_THAT(record.failure, HasSubstr("decode worker 1 was killed, with request"));
  EXPECT_GT(std::ranges::count(statuses(record), Status::failed), 0);
}

TEST(RecoveryTest, ACoordinatorThatVanishesLeavesRequestsUnfinished) {
  const RunRecord record = run(faulty({{.kind = FaultKind::coordinator, .at = kInTheMiddle}}));
  EXPECT_THAT(record.failure, HasSubstr("the coordinator vanished"));
  EXPECT_GT(std::ranges::count(statuses(record), Status::unfinished), 0);
}

/// Returns a scenario with up to six faults of any kind within the first second, over any policies.
Scenario random_scenario(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto upto = [&](std::uint64_t n) { return static_cast<std::uint32_t>(random() % n); };
  std::vector<FaultSpec> faults(1 + upto(6));
  for (FaultSpec& fault : faults) {
    fault.kind = static_cast<FaultKind>(upto(9));  // every kind except coordinator
    const bool worker = fault.kind == FaultKind::kill || fault.kind == FaultKind::stop;
    const bool at_prefill = upto(2) == 0;
    if (!worker || at_prefill) fault.prefill = upto(2);
    if (!worker || !at_prefill) fault.decode = upto(2);
    if (upto(4) == 0)
      fault.probability = 0.2;
    else
      fault.at = Time(upto(1'000'000'000));
    const bool lasts = fault.kind == FaultKind::delay || fault.kind == FaultKind::stop_reading ||
                       fault.kind == FaultKind::pool_full;
    if (lasts || upto(2) == 0) fault.duration = Time(1 + upto(800'000'000));
  }
  Scenario s = faulty(std::move(faults));
  s.seed = seed;
  s.link.bandwidth = std::uint64_t{50'000'000} * (1 + upto(20));
  s.link.discipline = upto(2) == 0 ? Discipline::fair : Discipline::fifo;
  s.pipeline.overlap = upto(4) > 0;
  s.pipeline.verify = static_cast<Verify>(upto(3));
  s.workload.batch_size = 1 + upto(2);
  s.max_restarts = upto(4);
  s.max_retries = upto(8);
  s.restart_time = Time(1 + upto(300'000'000));
  return s;
}

TEST(RecoveryTest, WhateverGoesWrongNothingHangsAndNoRequestIsLostInSilence) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    const Scenario scenario = random_scenario(seed);
    const Arm arm = kArms[seed % 3];
    const RunRecord record = run(scenario, arm);  // it checks the invariants
    EXPECT_EQ(record.failure, "") << "seed " << seed;
    EXPECT_EQ(std::ranges::count(statuses(record), Status::unfinished), 0) << "seed " << seed;
    for (const Timeline& t : record.timelines) {
      if (t.status != Status::failed) continue;
      EXPECT_TRUE(t.failure.find("given up after") == 0 || t.failure.find("no ") == 0)
          << "seed " << seed << ": " << t.failure;
    }
    if (seed % 100 != 0) continue;
    const RunRecord again = run(scenario, arm);
    EXPECT_EQ(again.incidents, record.incidents) << "seed " << seed;
    EXPECT_EQ(again.duration, record.duration) << "seed " << seed;
  }
}

}  // namespace
}  // namespace splitbench
