#include "sim/run/dispatch/clients.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <utility>

namespace splitbench {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class ClientsTest : public testing::Test {
 protected:
  Clients& clients() {
    if (!clients_)
      clients_.emplace(loop_, spec_, trace_, [this](std::uint64_t request, Time arrival) {
        order_.push_back(request);
        arrivals_[request] = arrival;
      });
    return *clients_;
  }

  void pass(Time time) {
    bool over = false;
    loop_.after(time, [&over] { over = true; });
    loop_.run_until([&over] { return over; });
  }

  std::vector<std::uint64_t> came() { return std::exchange(order_, {}); }

  VirtualLoop loop_;
  WorkloadSpec spec_{.arrivals = Arrivals::poisson};
  std::vector<Request> trace_;
  std::map<std::uint64_t, Time> arrivals_;

 private:
  std::vector<std::uint64_t> order_;
  std::optional<Clients> clients_;
};

TEST_F(ClientsTest, RequestsOfAnOpenLoopComeAtTheirTimesWhateverIsAnswered) {
  trace_ = {{.id = 0, .arrival = 0s}, {.id = 1, .arrival = 1s}, {.id = 2, .arrival = 3s}};
  clients().begin();
  pass(2s);
  EXPECT_THAT(came(), ElementsAre(0, 1));
  pass(2s);
  EXPECT_THAT(came(), ElementsAre(2));
  EXPECT_EQ(arrivals_[2], 3s);
  EXPECT_TRUE(clients().all_arrived());
}

TEST_F(ClientsTest, ATurnComesItsDelayAfterTheLastOfThoseItWaitsFor) {
  trace_ = {{.id = 0}, {.id = 1}, {.id = 2, .after = {0, 1}, .delay = 2s}};
  clients().begin();
  pass(1s);
  clients().answered(0);
  pass(9s);
  EXPECT_THAT(came(), ElementsAre(0, 1));
  EXPECT_TRUE(clients().wait_for_answers());
  clients().answered(1);
  EXPECT_FALSE(clients().wait_for_answers());
  pass(5s);
  EXPECT_THAT(came(), ElementsAre(2));
  EXPECT_EQ(arrivals_[2], 12s);
}

TEST_F(ClientsTest, AClientOfAClosedLoopIsFreeWhenItsWholeSessionIsAnswered) {
  spec_ = {.arrivals = Arrivals::closed, .concurrency = 1};
  trace_ = {{.id = 0}, {.id = 1, .after = {0}}, {.id = 2, .after = {0}}, {.id = 3}};
  clients().begin();
  EXPECT_THAT(came(), ElementsAre(0));
  clients().answered(0);
  pass(1s);
  EXPECT_THAT(came(), ElementsAre(1, 2));
  clients().answered(2);
  pass(1s);
  EXPECT_THAT(came(), IsEmpty());
  clients().answered(1);
  EXPECT_THAT(came(), ElementsAre(3));
}

TEST_F(ClientsTest, AClosedLoopNeverHasMoreSessionsThanClientsAndLosesNoRequest) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    std::mt19937_64 random(seed);
    trace_.clear();
    std::map<std::uint64_t, std::uint64_t> session;
    for (std::uint64_t id = 0; id < 60; ++id) {
      Request request{.id = id};
      session[id] = id;
      if (id > 0 && random() % 3 != 0) {
        request.after = {random() % id};
        session[id] = session[request.after[0]];
      }
      trace_.push_back(request);
    }
    spec_ = {.arrivals = Arrivals::closed, .concurrency = 3};
    VirtualLoop loop;
    std::vector<std::uint64_t> open;
    std::map<std::uint64_t, int> turns_left;
    for (const auto& [id, of] : session) ++turns_left[of];
    std::set<std::uint64_t> begun;
    Clients clients(loop, spec_, trace_, [&](std::uint64_t request, Time) {
      open.push_back(request);
      begun.insert(session[request]);
      EXPECT_LE(begun.size(), 3u);
    });
    clients.begin();
    std::size_t answers = 0;
    while (!open.empty()) {
      const std::uint64_t request = open[random() % open.size()];
      std::erase(open, request);
      if (--turns_left[session[request]] == 0) begun.erase(session[request]);
      clients.answered(request);
      ++answers;
      bool over = false;
      loop.after(1s, [&over] { over = true; });
      loop.run_until([&over] { return over; });
    }
    EXPECT_EQ(answers, trace_.size()) << seed;
    EXPECT_TRUE(clients.all_arrived());
  }
}

}  // namespace
}  // namespace splitbench
