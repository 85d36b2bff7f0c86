#include "reports/analysis/link_use.hpp"

#include <gtest/gtest.h>

#include "reports/testing/example_runs.hpp"

namespace splitbench {
namespace {

/// Returns a run of two requests of a megabyte each that lasts a second, the second one's arrival
/// being that of the first.
RunRecord run(int decode_worker_of_second) {
  RunRecord record{.arm = "raw", .duration = {}, .timelines = {}, .transfers = {}};
  for (const int decode_worker : {0, decode_worker_of_second}) {
    Timeline each;
    each.status = Status::ok;
    each.wire_bytes = 1'000'000;
    each.prefill_worker = decode_worker;
    each.decode_worker = decode_worker;
    each.last_token = example::ms(1000);
    record.timelines.push_back(each);
  }
  return record;
}

ReportMeta meta(double bandwidth, double capacity) {
  ReportMeta result;
  result.link_bandwidth = bandwidth;
  result.link_capacity = capacity;
  return result;
}

TEST(LinkUseTest, IsTheBitsOnTheWireOverWhatTheLinkCouldCarry) {
  LinkUse use;
  use.add(run(0));
  use.add(run(0));
  const auto figures = use.figures(meta(32e6, 32e6));
  EXPECT_DOUBLE_EQ(figures.at("link_utilisation"), 0.5);
  EXPECT_DOUBLE_EQ(figures.at("nic_utilisation"), 0.5);
}

TEST(LinkUseTest, TheBusiestNicIsJudgedByItself) {
  LinkUse use;
  use.add(run(1));
  const auto figures = use.figures(meta(32e6, 64e6));
  EXPECT_DOUBLE_EQ(figures.at("link_utilisation"), 0.25);
  EXPECT_DOUBLE_EQ(figures.at("nic_utilisation"), 0.25);
}

TEST(LinkUseTest, IsAbsentWithoutALimitOrARequest) {
  LinkUse use;
  EXPECT_TRUE(use.figures(meta(1e9, 1e9)).empty());
  use.add(run(0));
  EXPECT_TRUE(use.figures(meta(1e15, 1e15)).empty());
  EXPECT_TRUE(use.figures({}).empty());
}

}  // namespace
}  // namespace splitbench
