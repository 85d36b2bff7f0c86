#include "sim/run/dispatch/shard_reports.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace splitbench {
namespace {

/// Keeps what a dispatcher would hear.
class Heard final : public PrefillObserver, public DecodeObserver {
 public:
  void on(const PrefillBegan& e) override { began.push_back(e.at); }
  void on(const PrefillComputed&) override { ++computed; }
  void on(PrefillReleased e) override { released.push_back(std::move(e)); }
  void on(Installed e) override { installed.push_back(std::move(e)); }
  void on(Finished) override { ++finished; }
  void on(const Verified& e) override { verified.push_back(e.same); }
  void on(const Refused&) override { ++refused; }
  void on(const Dropped& e) override { dropped.push_back(e.by_prefill); }

  std::vector<Time> began;
  int computed = 0, finished = 0, refused = 0;
  std::vector<PrefillReleased> released;
  std::vector<Installed> installed;
  std::vector<bool> verified, dropped;
};

struct ShardReportsTest : testing::Test {
  void install(std::uint32_t shard, int at) {
    reports.on(shard, Installed{.job = 1,
                                .at = Time(at),
                                .spans = {{Stage::xfer_wire, Time(at - 5), Time(at)}},
                                .lateness = {Time(at)}});
  }
  void release(std::uint32_t shard, std::uint64_t bytes) {
    reports.on(shard, PrefillReleased{.job = 1,
                                      .spans = {{Stage::encode, Time(shard), Time(shard + 1)}},
                                      .chunk_bytes = {bytes, bytes + 1},
                                      .escapes = 3,
                                      .stored_bytes = 7,
                                      .codebook_changes = {},
                                      .digests = {bytes}});
  }

  Heard heard;
  std::vector<std::uint64_t> complete;
  ShardReports reports{2, heard, heard, [this](std::uint64_t job) { complete.push_back(job); }};
};

TEST_F(ShardReportsTest, AJobBeginsWithItsFirstShardAndEndsWithItsLast) {
  reports.on(1, PrefillBegan{1, Time(10)});
  reports.on(0, PrefillBegan{1, Time(12)});
  EXPECT_EQ(heard.began, std::vector{Time(10)});
  reports.on(0, PrefillComputed{1});
  EXPECT_EQ(heard.computed, 0);
  reports.on(1, PrefillComputed{1});
  EXPECT_EQ(heard.computed, 1);
  install(1, 100);
  EXPECT_TRUE(heard.installed.empty() && complete.empty());
  install(0, 130);
  ASSERT_EQ(heard.installed.size(), 1u);
  EXPECT_EQ(complete, std::vector{std::uint64_t{1}});
  EXPECT_EQ(heard.installed[0].at, Time(130));
  EXPECT_EQ(heard.installed[0].spans[0].end, Time(130));
  EXPECT_EQ(heard.installed[0].shards_apart, Time(30));
  EXPECT_EQ(heard.installed[0].lateness, (std::vector{Time(130), Time(100)}));
}

TEST_F(ShardReportsTest, WhatIsReleasedHasTheSpansOfTheLastShardAndTheBytesOfAll) {
  release(0, 10);
  install(0, 130);
  release(1, 20);  // a worker of another process: it may be heard of before the install
  EXPECT_TRUE(heard.released.empty());
  install(1, 100);
  ASSERT_EQ(heard.released.size(), 1u);
  const PrefillReleased& whole = heard.released[0];
  EXPECT_EQ(whole.spans[0].begin, Time(0));
  EXPECT_EQ(whole.chunk_bytes, (std::vector<std::uint64_t>{30, 32}));
  EXPECT_EQ(whole.digests, std::vector<std::uint64_t>{30});
  EXPECT_EQ(whole.escapes, 6u);
  EXPECT_EQ(whole.stored_bytes, 14u);
}

TEST_F(ShardReportsTest, AJobIsVerifiedOnceAllShardsAreAndWrongAtOnce) {
  reports.on(0, Verified{1, true, Time(3)});
  EXPECT_TRUE(heard.verified.empty());
  reports.on(1, Verified{1, true, Time(2)});
  reports.on(0, Verified{2, false, Time(2)});
  EXPECT_EQ(heard.verified, (std::vector{true, false}));
}

TEST_F(ShardReportsTest, AJobIsDroppedOnceAllShardsOfAnEndHaveForgottenIt) {
  reports.on(0, Dropped{1, true});
  reports.on(0, Dropped{1, false});
  reports.on(1, Dropped{1, false});
  EXPECT_EQ(heard.dropped, std::vector{false});
  reports.on(1, Dropped{1, true});
  EXPECT_EQ(heard.dropped, (std::vector{false, true}));
}

TEST_F(ShardReportsTest, RecordsAreAsAShardsWorkersReported) {
  release(0, 10);
  release(1, 20);
  install(0, 130);
  install(1, 100);
  std::vector<JobRecord> jobs(1);
  jobs[0].job.id = 1;
  reports.add_to(jobs, 1);
  EXPECT_EQ(jobs[0].installed->at, Time(100));
  EXPECT_EQ(jobs[0].released->chunk_bytes[0], 20u);
}

}  // namespace
}  // namespace splitbench
