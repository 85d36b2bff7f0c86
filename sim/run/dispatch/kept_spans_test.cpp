#include "sim/run/dispatch/kept_spans.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>
#include <random>
#include <vector>

namespace splitbench {
namespace {

std::vector<Timeline> timelines(std::size_t requests, std::size_t spans) {
  std::vector<Timeline> all(requests);
  for (Timeline& t : all) t.spans.assign(spans, {Stage::xfer_wire, Time(1), Time(2)});
  return all;
}

TEST(KeptSpansTest, KeepsThoseOfTheFirstRequestsWhateverTheOrderInWhichTheyEnd) {
  std::vector<std::uint64_t> order(40);
  std::iota(order.begin(), order.end(), 0);
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    std::ranges::shuffle(order, random);
    auto all = timelines(40, 10);
    KeptSpans kept(100);
    for (const std::uint64_t id : order) kept.add(id, 1, all);
    // Ten of them are 100 spans, and the eleventh is the one at which a drawing ends.
    for (std::size_t id = 0; id < all.size(); ++id) EXPECT_EQ(all[id].spans.empty(), id > 10) << id;
  }
}

TEST(KeptSpansTest, WhatIsNeverDrawnIsNotCounted) {
  auto all = timelines(5, 10);
  all[0].warmup = true;
  for (Span& span : all[1].spans) span.stage = Stage::xfer_queue;
  KeptSpans kept(10);
  for (std::uint64_t id = 0; id < 5; ++id) kept.add(id, 1, all);
  const std::vector<bool> expected = {true, false, false, false, true};
  for (std::size_t id = 0; id < 5; ++id) EXPECT_EQ(all[id].spans.empty(), expected[id]) << id;
}

TEST(KeptSpansTest, RequestsOfABatchShareTheirTransfersSpans) {
  auto all = timelines(8, 20);
  KeptSpans kept(20);
  for (std::uint64_t id = 0; id < 8; ++id) kept.add(id, 2, all);
  for (std::size_t id = 0; id < 8; ++id) EXPECT_EQ(all[id].spans.empty(), id > 2) << id;
}

}  // namespace
}  // namespace splitbench
