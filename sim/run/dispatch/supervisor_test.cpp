#include "sim/run/dispatch/supervisor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "network/event_loop.hpp"
#include "sim/run/example_scenario.hpp"

namespace splitbench {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

/// A fleet that notes what it is asked for.
class NotingFleet final : public Fleet {
 public:
  void start(const Job&) override {}
  void drop(Member, std::uint64_t) override {}
  void end(Member member) override { asked.push_back("end " + name_of(member)); }
  void restart(Member member) override { asked.push_back("restart " + name_of(member)); }
  void connect(const FlowId& flow, std::uint64_t session) override {
    asked.push_back("connect " + name_of(flow) + ", session " + std::to_string(session));
  }
  std::vector<std::string> take() { return std::exchange(asked, {}); }

  std::vector<std::string> asked;
};

/// A listener that notes what is reported to it.
class NotingListener final : public Supervisor::Listener {
 public:
  void worker_lost(const Member& member, Supervisor::Ticket, const std::string& why) override {
    told.push_back("lost " + name_of(member) + ": " + why);
  }
  void flow_lost(const FlowId&, Supervisor::Ticket, const std::string& why) override {
    told.push_back("lost " + why);
  }
  void flow_up() override { told.push_back("up"); }
  void give_up(const std::string& why) override { told.push_back(why); }
  std::vector<std::string> take() { return std::exchange(told, {}); }

  std::vector<std::string> told;
};

class SupervisorTest : public testing::Test {
 protected:
  SupervisorTest() {
    scenario.on_fault = OnFault::retry;
    scenario.max_restarts = 2;
  }
  void bring_up() {
    supervisor.returned(kPrefill);
    supervisor.returned(kDecode);
    supervisor.flow_up(kFlow, 1);
    fleet.take();
  }

  static constexpr Member kPrefill{true, 0}, kDecode{false, 0};
  static constexpr FlowId kFlow{0, 0};
  VirtualLoop loop;
  Scenario scenario = example_scenario();
  NotingFleet fleet;
  Supervisor supervisor{loop, scenario, fleet};
};

TEST_F(SupervisorTest, ConnectsTwoWorkersOnceBothCanBe) {
  supervisor.returned(kPrefill);
  EXPECT_THAT(fleet.take(), IsEmpty());
  supervisor.returned(kDecode);
  EXPECT_THAT(fleet.take(), ElementsAre("connect prefill worker 0 -> decode worker 0, session 1"));
  EXPECT_FALSE(supervisor.is_up(kFlow));
  supervisor.flow_up(kFlow, 1);
  EXPECT_TRUE(supervisor.all_up());
}

TEST_F(SupervisorTest, KeepsWhatBothEndsSayOfOneLoss) {
  bring_up();
  supervisor.flow_lost(kFlow, 1, "the remote end closed the connection");
  supervisor.flow_lost(kFlow, 1, "a hash does not match");
  ASSERT_EQ(supervisor.incidents(Time{0}).size(), 1u);
  EXPECT_EQ(
      supervisor.incidents(Time{0}).front().seen,
      "prefill worker 0 -> decode worker 0: the remote end closed the connection; its other end: a "
      "hash does not match");
}

TEST_F(SupervisorTest, AFlowThatWasLostIsConnectedAgainUnderANewSession) {
  bring_up();
  supervisor.flow_lost(kFlow, 1, "cut");
  EXPECT_FALSE(supervisor.is_up(kFlow));
  loop.run();
  EXPECT_THAT(fleet.take(), ElementsAre("connect prefill worker 0 -> decode worker 0, session 2"));
  supervisor.flow_lost(kFlow, 1, "cut, says the other end");  // an old session
  supervisor.flow_up(kFlow, 1);                               // an old session, too
  EXPECT_FALSE(supervisor.is_up(kFlow));
  supervisor.flow_up(kFlow, 2);
  EXPECT_TRUE(supervisor.is_up(kFlow));
}

TEST_F(SupervisorTest, EachAttemptToConnectWaitsLongerThanTheOneBefore) {
  bring_up();
  Time last{0}, waited{0};
  for (std::uint64_t session = 1; session <= 6; ++session) {
    const Time before = loop.now();
    supervisor.flow_lost(kFlow, session, "refused");
    loop.run();
    waited = loop.now() - before;
    EXPECT_GT(waited, last);
    last = waited;
  }
  EXPECT_LE(waited, 2s);
}

TEST_F(SupervisorTest, AWorkerThatDiesWhileItStartsAnewIsStartedAgainUntilItWasOftenEnough) {
  bring_up();
  for (int i = 0; i < 2; ++i) {
    supervisor.lost(kDecode, "killed");
    EXPECT_THAT(fleet.take(), ElementsAre("end decode worker 0", "restart decode worker 0"));
  }
  supervisor.lost(kDecode, "killed");
  EXPECT_THAT(fleet.take(), ElementsAre("end decode worker 0"));
  EXPECT_TRUE(supervisor.all_up()) << "nothing is waited for";
  supervisor.lost(kDecode, "killed");
  EXPECT_THAT(fleet.take(), IsEmpty());
}

TEST_F(SupervisorTest, TellsTheRunThatItServesOfLossesAndReturns) {
  NotingListener run;
  scenario.max_restarts = 1;
  supervisor.serve(&run);
  bring_up();
  supervisor.flow_lost(kFlow, 1, "cut");
  EXPECT_THAT(run.take(), ElementsAre("up", "lost prefill worker 0 -> decode worker 0: cut"));
  supervisor.lost(kDecode, "killed");
  EXPECT_THAT(run.take(), ElementsAre("lost decode worker 0: killed"));
  supervisor.lost(kDecode, "killed");
  EXPECT_THAT(run.take(),
              ElementsAre("lost decode worker 0: killed", "no decode worker is left: killed"));
  supervisor.serve(nullptr);
  supervisor.lost(kPrefill, "killed");
  EXPECT_THAT(run.take(), IsEmpty());
}

TEST_F(SupervisorTest, UnderFailFastAnyLossEndsTheRun) {
  scenario.on_fault = OnFault::fail_fast;
  bring_up();
  EXPECT_THROW(supervisor.flow_lost(kFlow, 1, "cut"), WorkerLost);
  EXPECT_THROW(supervisor.lost(kPrefill, "killed"), WorkerLost);
}

TEST_F(SupervisorTest, WhatItsPeersSeeOfADyingWorkerIsTheSameIncident) {
  bring_up();
  supervisor.flow_lost(kFlow, 1, "connection reset");
  supervisor.lost(kDecode, "decode worker 0 was killed");
  const auto incidents = supervisor.incidents(Time{0});
  ASSERT_EQ(incidents.size(), 1u);
  EXPECT_EQ(incidents[0].target, "decode worker 0");
  EXPECT_EQ(incidents[0].seen, "decode worker 0 was killed");
}

}  // namespace
}  // namespace splitbench
