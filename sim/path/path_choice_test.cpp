#include "sim/path/path_choice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>
#include <vector>

namespace splitbench {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

constexpr std::uint64_t kGigabit = 1'000'000'000;

/// A machine with 16 cores, on which each stream of a flow carries as much.
class PathChoiceTest : public testing::Test {
 protected:
  PathChoiceTest() {
    stated_.backend = BackendKind::cpu;
    stated_.link.bandwidth = 10 * kGigabit;
  }

  PathChoice choose(double gigabits_per_stream) {
    tried_.clear();
    return choose_path(
        stated_,
        [&](const TransportOptions& options, double wanted) {
          EXPECT_DOUBLE_EQ(wanted, 10e9);
          tried_.push_back(options.streams);
          return 1e9 * gigabits_per_stream * options.streams;
        },
        16);
  }

  Scenario stated_;
  std::vector<std::uint32_t> tried_;
};

TEST_F(PathChoiceTest, SocketsThatHoldTheRateAreTaken) {
  const PathChoice choice = choose(12.5);
  EXPECT_EQ(choice.scenario.transport, TransportKind::tcp);
  EXPECT_EQ(choice.scenario.transport_options.streams, 1u);
  EXPECT_EQ(choice.scenario.pipeline.chunk, 4'000'000u);
  EXPECT_EQ(choice.scenario.pipeline.staging, 64'000'000u);
  EXPECT_EQ(choice.doubt, "");
  EXPECT_THAT(tried_, ElementsAre(1));
}

TEST_F(PathChoiceTest, StreamsAreAddedUntilThereIsHeadroom) {
  const PathChoice choice = choose(4);
  EXPECT_EQ(choice.scenario.transport, TransportKind::tcp);
  EXPECT_EQ(choice.scenario.transport_options.streams, 4u);
  EXPECT_EQ(choice.scenario.pipeline.chunk, 4'000'000u);
  EXPECT_THAT(tried_, ElementsAre(1, 2, 4));
}

TEST_F(PathChoiceTest, WhereSocketsAreTooSlowMemoryIsShared) {
  const PathChoice choice = choose(1);
  EXPECT_EQ(choice.scenario.transport, TransportKind::shm);
  EXPECT_EQ(choice.scenario.transport_options.streams, 1u);
  EXPECT_EQ(choice.doubt, "");
  EXPECT_THAT(tried_, ElementsAre(1, 2, 4, 8));
}

TEST_F(PathChoiceTest, WhatWasStatedStaysAndIsDoubted) {
  stated_.transport = TransportKind::tcp;
  stated_.transport_options.streams = 2;
  const PathChoice choice = choose(3);
  EXPECT_EQ(choice.scenario.transport, TransportKind::tcp);
  EXPECT_EQ(choice.scenario.transport_options.streams, 2u);
  EXPECT_EQ(choice.doubt,
            "lower link.bandwidth: TCP carries 6 Gbit/s with 2 streams here, and not 10 Gbit/s");
  stated_.transport_options.streams = 0;
  EXPECT_EQ(
      choose(1).doubt,
      "use transport: shm, or lower link.bandwidth: TCP carries 8 Gbit/s with 8 streams here, "
      "and not 10 Gbit/s");
}

TEST_F(PathChoiceTest, FaultsAndRemoteAddressesTakeSockets) {
  stated_.on_fault = OnFault::retry;
  EXPECT_EQ(choose(1).scenario.transport, TransportKind::tcp);
  EXPECT_THAT(choose(1).doubt, StartsWith("lower link.bandwidth: TCP carries 8 Gbit/s"));
  stated_.on_fault = OnFault::fail_fast;
  stated_.listen = "0.0.0.0";
  EXPECT_EQ(choose(1).scenario.transport, TransportKind::tcp);
}

TEST_F(PathChoiceTest, AWireWithoutALimitNeedsNoTrial) {
  stated_.link.bandwidth = kUnlimited;
  EXPECT_EQ(choose(1).scenario.transport, TransportKind::shm);
  EXPECT_THAT(tried_, IsEmpty());
}

TEST_F(PathChoiceTest, ATrialThatFailsDoesNotEndTheRun) {
  const PathChoice choice = choose_path(
      stated_,
      [](const TransportOptions&, double) -> double {
        throw std::runtime_error("receiver: lost sender 0");
      },
      16);
  EXPECT_EQ(choice.scenario.transport, TransportKind::tcp);
  EXPECT_EQ(choice.scenario.transport_options.streams, 1u);
  EXPECT_EQ(choice.doubt, "");
}

TEST_F(PathChoiceTest, NothingIsTriedInVirtualTime) {
  stated_.time = TimeKind::virtual_time;
  const PathChoice choice = choose(1);
  EXPECT_EQ(choice.scenario.transport, TransportKind::tcp);
  EXPECT_EQ(choice.scenario.transport_options.streams, 1u);
  EXPECT_EQ(choice.scenario.pipeline.chunk, 0u);
  EXPECT_THAT(tried_, IsEmpty());
}

TEST_F(PathChoiceTest, DeviceMemoryTakesLargeChunks) {
  stated_.transport = TransportKind::p2p;
  const PathChoice choice = choose(1);
  EXPECT_EQ(choice.scenario.pipeline.chunk, 64u << 20);
  EXPECT_EQ(choice.scenario.pipeline.staging, 1u << 30);
  stated_.pipeline.chunk = 1 << 20;
  EXPECT_EQ(choose(1).scenario.pipeline.chunk, 1u << 20);
  stated_.pipeline.chunk = 0;
  stated_.pipeline.staging = 128 << 20;
  EXPECT_EQ(choose(1).scenario.pipeline.chunk, 8u << 20);
  EXPECT_EQ(choose(1).scenario.pipeline.staging, 128u << 20);
}

TEST(FlowTrialTest, LoopbackCarriesSomething) {
  EXPECT_GT(try_flow({}, 1e9), 1e8);
  EXPECT_GT(try_flow({.streams = 2, .payload_hash = false}, 100e9), 1e8);
}

}  // namespace
}  // namespace splitbench
