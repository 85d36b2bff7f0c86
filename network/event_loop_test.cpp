#include "network/event_loop.hpp"

#include <asio/io_context.hpp>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>

#include "network/real_loop.hpp"

namespace splitbench {
namespace {

using namespace std::chrono_literals;

std::string script(EventLoop& loop, const std::function<void()>& run) {
  std::string order;
  const auto start = loop.now();
  loop.at(start + 2ms, [&] { order += 'c'; });
  loop.at(start + 1ms, [&] {
    order += 'a';
    loop.post([&] { order += 'b'; });
  });
  loop.at(start + 2ms, [&] { order += 'd'; });
  run();
  return order;
}

TEST(EventLoopTest, TasksRunByTimeThenByOrderInBothKindsOfTime) {
  VirtualLoop virtual_loop;
  EXPECT_EQ(script(virtual_loop, [&] { virtual_loop.run(); }), "abcd");

  asio::io_context io(1);
  RealLoop real_loop(io);
  std::string order = script(real_loop, [&] { io.run(); });
  EXPECT_EQ(std::erase(order, 'b'), 1u);  // its place depends on when `a` ran
  EXPECT_EQ(order, "acd");
}

TEST(EventLoopTest, WhatIsFarAheadComesInItsPlaceToo) {
  VirtualLoop loop;
  std::vector<int> order;
  for (int i = 0; i < 100; ++i)
    loop.at(std::chrono::milliseconds(37 * i % 100 * 10),
            [&order, i] { order.push_back(37 * i % 100); });
  loop.at(500ms, [&] { loop.at(900ms, [&order] { order.push_back(-1); }); });
  loop.run();
  ASSERT_EQ(order.size(), 101u);
  EXPECT_EQ(std::ranges::find(order, -1) - order.begin(), 91);  // behind the one of its time
  std::erase(order, -1);
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST(EventLoopTest, VirtualTimeJumpsToTheNextTaskAndStandsStillWithinIt) {
  VirtualLoop loop;
  std::vector<EventLoop::Time> seen;
  loop.at(5s, [&] {
    seen.push_back(loop.now());
    loop.at(1s, [&] { seen.push_back(loop.now()); });  // the past is now
  });
  loop.run();
  EXPECT_EQ(seen, (std::vector<EventLoop::Time>{5s, 5s}));
}

TEST(EventLoopTest, ARealLoopGoesOnAfterATaskThatThrows) {
  asio::io_context io(1);
  RealLoop loop(io);
  bool ran = false;
  loop.post([] { throw std::runtime_error("enough"); });
  loop.post([&] { ran = true; });
  EXPECT_THROW(io.run(), std::runtime_error);
  io.run();
  EXPECT_TRUE(ran);
}

TEST(EventLoopTest, AClearedRealLoopRunsNothingMore) {
  asio::io_context io(1);
  RealLoop loop(io);
  loop.after(1ms, [] { FAIL(); });
  loop.clear();
  io.run();
}

TEST(EventLoopTest, ARealTaskNeverRunsEarlyWhetherItSleepsOrSpins) {
  for (const auto spin : {0us, 200us}) {
    asio::io_context io(1);
    RealLoop loop(io, spin);
    const auto due = loop.now() + 3ms;
    EventLoop::Time ran{0};
    loop.at(due, [&] { ran = loop.now(); });
    io.run();
    EXPECT_GE(ran, due);
  }
}

}  // namespace
}  // namespace splitbench
