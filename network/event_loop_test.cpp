#include "network/event_loop.hpp"

#include <algorithm>
#include <asio/io_context.hpp>
#include <deque>
#include <gtest/gtest.h>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

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

/// Timers against tasks: for a random plan of both, tasks run in the order of a stable sort.
TEST(EventLoopTest, TimersRunAmongTasksInTheOrderInWhichTheyWereSet) {
  struct Ticker {
    Ticker(VirtualLoop& loop, std::vector<int>& ran, int name)
        : loop_(loop), ran_(ran), name_(name) {}
    void tick() { ran_.push_back(name_); }
    VirtualLoop& loop_;
    std::vector<int>& ran_;
    int name_;
    VirtualTimer timer = VirtualTimer::of<&Ticker::tick>(loop_, this);
  };
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    VirtualLoop loop;
    std::vector<int> ran;
    std::deque<Ticker> tickers;
    std::vector<std::pair<EventLoop::Time, int>> expected;
    for (int name = 0; name < 40; ++name) {
      const EventLoop::Time when(random() % 12);
      expected.emplace_back(when, name);
      if (random() % 2 == 0)
        loop.at(when, [&ran, name] { ran.push_back(name); });
      else
        tickers.emplace_back(loop, ran, name).timer.set(when);
    }
    for (Ticker& ticker : tickers) {  // set again: later or earlier, and behind all of that time
      if (random() % 3 != 0) continue;
      const EventLoop::Time when(random() % 12);
      std::erase_if(expected, [&](const auto& e) { return e.second == ticker.name_; });
      expected.emplace_back(when, ticker.name_);
      ticker.timer.set(when);
    }
    std::ranges::stable_sort(expected, {}, &std::pair<EventLoop::Time, int>::first);
    loop.run();
    std::vector<int> order;
    for (const auto& [when, name] : expected) order.push_back(name);
    EXPECT_EQ(ran, order) << round;
  }
}

TEST(EventLoopTest, ATimerSetsItselfAgainAndOneThatIsGoneDoesNotRun) {
  struct Countdown {
    explicit Countdown(VirtualLoop& loop) : loop_(loop) {}
    void tick() {
      ticks.push_back(loop_.now());
      if (ticks.size() < 3) timer.set(loop_.now() + EventLoop::Time(5));
    }
    VirtualLoop& loop_;
    std::vector<EventLoop::Time> ticks;
    VirtualTimer timer = VirtualTimer::of<&Countdown::tick>(loop_, this);
  };
  VirtualLoop loop;
  Countdown countdown(loop);
  countdown.timer.set(1ns);
  std::optional<Countdown> gone(std::in_place, loop);
  gone->timer.set(3ns);
  loop.at(2ns, [&] { gone.reset(); });
  loop.run();
  EXPECT_EQ(countdown.ticks, (std::vector<EventLoop::Time>{1ns, 6ns, 11ns}));
}

TEST(EventLoopTest, ATimerComesInThePlaceThatWasTakenForIt) {
  VirtualLoop loop;
  std::string order;
  struct Letter {
    void run() { text += 'b'; }
    std::string& text;
  } letter{order};
  loop.at(5ns, [&] { order += 'a'; });
  const std::uint64_t place = loop.take_place();
  loop.at(5ns, [&] { order += 'c'; });
  VirtualTimer timer = VirtualTimer::of<&Letter::run>(loop, &letter);
  loop.at(1ns, [&] { timer.set(5ns, place); });
  loop.run();
  EXPECT_EQ(order, "abc");
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
