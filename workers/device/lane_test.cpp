#include "workers/device/lane.hpp"

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace splitbench {
namespace {

/// Returns what a lane did, in order, with `pieces` pieces of work.
std::vector<std::string> diary(int pieces, std::size_t at_once) {
  asio::io_context io;
  auto guard = asio::make_work_guard(io);
  std::vector<std::string> entries;  // used by the lane only, until it has ended
  int ended = 0;
  {
    Lane lane(io, Lane::Priority::normal, at_once);
    lane.run([] { return 0; }, [](int) {});
    for (int i = 0; i < pieces; ++i)
      lane.run([&entries, i] { entries.push_back("begin " + std::to_string(i)); },
               [asked = 0]() mutable { return ++asked > 2; },
               [&entries, i] {
                 entries.push_back("end " + std::to_string(i));
                 return i;
               },
               [&](int result) {
                 EXPECT_EQ(result, ended);
                 if (++ended == pieces) guard.reset();
               });
    io.run();
  }
  return entries;
}

TEST(LaneTest, WithoutOverlapEachPieceEndsBeforeTheNextBegins) {
  EXPECT_EQ(diary(3, 1),
            (std::vector<std::string>{"begin 0", "end 0", "begin 1", "end 1", "begin 2", "end 2"}));
}

TEST(LaneTest, PiecesBeginAndEndInOrderAndAtMostSoManyAreBegun) {
  constexpr int kPieces = 100;
  constexpr int kAtOnce = 4;
  int begun = 0, ended = 0, most = 0;
  for (const std::string& entry : diary(kPieces, kAtOnce)) {
    if (entry == "begin " + std::to_string(begun))
      ++begun;
    else
      EXPECT_EQ(entry, "end " + std::to_string(ended++));
    most = std::max(most, begun - ended);
  }
  EXPECT_EQ(begun, kPieces);
  EXPECT_EQ(ended, kPieces);
  EXPECT_LE(most, kAtOnce);
}

TEST(LaneTest, WhatWorkThrowsComesOutOfTheEventLoop) {
  asio::io_context io;
  const auto guard = asio::make_work_guard(io);
  Lane lane(io);
  lane.run([]() -> int { throw std::runtime_error("lost"); }, [](int) {});
  EXPECT_THROW(io.run(), std::runtime_error);
}

}  // namespace
}  // namespace splitbench
