#include "workloads/generators/sessions.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <set>

#include "workloads/generators/request_stream.hpp"
#include "workloads/generators/requests_test.hpp"

namespace splitbench {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

/// Returns sessions of five turns from 100 tokens, 10 more with each turn and 5 of the answer
/// before it.
WorkloadSpec five_turns() {
  WorkloadSpec spec{.rate = 1, .context = fixed(100), .output = fixed(5), .requests = 5'000};
  spec.sessions.turns = fixed(5);
  spec.sessions.added = fixed(10);
  spec.sessions.think_time = fixed(2e9);
  return spec;
}

/// Returns a session with all that sessions can do.
WorkloadSpec everything() {
  WorkloadSpec spec = five_turns();
  SessionSpec& s = spec.sessions;
  s.turns = {.shape = Shape::uniform, .from = 1, .to = 30};
  s.added = {.shape = Shape::exponential, .mean = 100};
  s.think_time = {.shape = Shape::exponential, .mean = 3e9};
  s.shared = fixed(60);
  s.groups = 3;
  s.popularity = 1;
  s.resumed = 0.2;
  s.resumed_context = fixed(900);
  s.window = fixed(1500);
  s.compactions = 0.02;
  s.compacted = fixed(300);
  s.resets = 0.05;
  s.fan_out = 0.05;
  s.branches = {.shape = Shape::uniform, .from = 1, .to = 4};
  s.branch_turns = fixed(3);
  s.branch_context = fixed(80);
  return spec;
}

std::map<std::string, std::vector<Request>> by_session(const std::vector<Request>& requests) {
  std::map<std::string, std::vector<Request>> sessions;
  for (const Request& request : requests) sessions[request.session].push_back(request);
  return sessions;
}

std::vector<Request> first_session(const WorkloadSpec& spec) {
  return by_session(make_trace(spec, 1))["1"];
}

TEST(SessionsTest, ATurnWaitsForTheOneBeforeAndBeginsWithItsPrompt) {
  const std::vector<Request> turns = first_session(five_turns());
  EXPECT_THAT(each(turns, &Request::prompt_tokens), ElementsAre(100, 115, 130, 145, 160));
  EXPECT_THAT(each(turns, &Request::prefix_tokens), ElementsAre(0, 100, 115, 130, 145));
  EXPECT_EQ(turns[0].prefix_of, kNoRequest);
  for (std::size_t i = 1; i < turns.size(); ++i) {
    EXPECT_EQ(turns[i].prefix_of, turns[i - 1].id);
    EXPECT_THAT(turns[i].after, ElementsAre(turns[i - 1].id));
    EXPECT_EQ(turns[i].delay, seconds(2));
    EXPECT_EQ(turns[i].arrival, turns[i - 1].arrival + seconds(2));
  }
}

TEST(SessionsTest, QuestionsWithoutHistoryShareTheirContextAlone) {
  WorkloadSpec spec = five_turns();
  spec.sessions.history = false;
  const std::vector<Request> turns = first_session(spec);
  EXPECT_THAT(turns, testing::Each(Field(&Request::prompt_tokens, 110)));
  EXPECT_THAT(each(turns, &Request::prefix_tokens), ElementsAre(0, 100, 100, 100, 100));
}

TEST(SessionsTest, SessionsOfAGroupBeginWithTheSamePrompt) {
  WorkloadSpec spec = five_turns();
  spec.sessions.shared = fixed(40);
  spec.sessions.groups = 1;
  for (const auto& [name, turns] : by_session(make_trace(spec, 1))) {
    const Request& first = turns.front();
    EXPECT_EQ(first.prefix_tokens, first.prefix_of == kNoRequest ? 0u : 40u);
    EXPECT_EQ(first.prefix_of == kNoRequest, first.id == 0) << name;
  }
}

TEST(SessionsTest, APopularGroupHasMoreSessions) {
  WorkloadSpec spec = five_turns();
  spec.sessions.turns = fixed(1);
  spec.sessions.shared = {.shape = Shape::uniform, .from = 1, .to = 100};
  spec.sessions.groups = 100;
  const auto groups_of = [&](double popularity) {
    spec.sessions.popularity = popularity;
    std::map<std::uint64_t, int> sessions;  // their number by the length of their beginning
    int most = 0;
    for (const Request& r : make_trace(spec, 1)) most = std::max(most, ++sessions[r.prefix_tokens]);
    return most;
  };
  EXPECT_LT(groups_of(0), 500);
  EXPECT_GT(groups_of(1.5), 1500);
}

TEST(SessionsTest, APromptBeyondTheWindowIsCompacted) {
  WorkloadSpec spec = five_turns();
  spec.sessions.window = fixed(140);
  spec.sessions.compacted = fixed(70);
  spec.sessions.shared = fixed(20);
  const std::vector<Request> turns = first_session(spec);
  EXPECT_THAT(each(turns, &Request::prompt_tokens), ElementsAre(100, 115, 130, 70, 85));
  EXPECT_THAT(each(turns, &Request::prefix_tokens), ElementsAre(0, 100, 115, 20, 70));
}

TEST(SessionsTest, AResetKeepsTheLengthAndLosesThePrefix) {
  WorkloadSpec spec = five_turns();
  spec.sessions.resets = 1;
  const std::vector<Request> turns = first_session(spec);
  EXPECT_THAT(each(turns, &Request::prompt_tokens), ElementsAre(100, 115, 130, 145, 160));
  EXPECT_THAT(turns, testing::Each(Field(&Request::prefix_of, kNoRequest)));
}

TEST(SessionsTest, SubAgentsFanOutFromATurnAndTheNextOneJoinsThem) {
  WorkloadSpec spec = five_turns();
  spec.sessions.turns = fixed(2);
  spec.sessions.fan_out = 1;
  spec.sessions.branches = fixed(3);
  spec.sessions.branch_turns = fixed(2);
  spec.sessions.branch_context = fixed(30);
  const std::vector<Request> turns = first_session(spec);
  ASSERT_EQ(turns.size(), 2u);
  auto sessions = by_session(make_trace(spec, 1));
  std::set<std::uint64_t> ends;
  for (const std::string name : {"1.0.1", "1.0.2", "1.0.3"}) {
    const std::vector<Request>& agent = sessions[name];
    EXPECT_THAT(each(agent, &Request::prompt_tokens), ElementsAre(30, 45)) << name;
    EXPECT_THAT(agent[0].after, ElementsAre(0));
    EXPECT_EQ(agent[0].prefix_of, kNoRequest);
    ends.insert(agent[1].id);
  }
  EXPECT_THAT(turns[1].after, testing::UnorderedElementsAreArray(ends));
  EXPECT_EQ(turns[1].delay, Time(0));
  EXPECT_EQ(turns[1].prefix_of, turns[0].id);
}

TEST(SessionsTest, AllThatARequestNamesIsEarlierAndBeginsAsItSays) {
  const std::vector<Request> requests = make_trace(everything(), 1);
  ASSERT_EQ(requests.size(), 5'000u);
  for (const Request& r : requests) {
    EXPECT_EQ(r.id, static_cast<std::uint64_t>(&r - requests.data()));
    EXPECT_EQ(r.prefix_of == kNoRequest, r.prefix_tokens == 0);
    EXPECT_LT(r.prefix_tokens, r.prompt_tokens);
    if (r.prefix_of != kNoRequest) {
      ASSERT_LT(r.prefix_of, r.id);
      EXPECT_LE(r.prefix_tokens, requests[r.prefix_of].prompt_tokens);
    }
    for (const std::uint64_t before : r.after) {
      ASSERT_LT(before, r.id);
      EXPECT_GE(r.arrival, requests[before].arrival + r.delay);
    }
  }
  EXPECT_TRUE(std::ranges::is_sorted(requests, {}, &Request::arrival));
}

TEST(SessionsTest, AContextGrowsUnlessItsPrefixIsCut) {
  for (const auto& [name, turns] : by_session(make_trace(everything(), 1)))
    for (std::size_t i = 1; i < turns.size(); ++i) {
      const Request &turn = turns[i], &before = turns[i - 1];
      const bool is_cut = turn.prefix_tokens <= 60;
      EXPECT_TRUE(is_cut || turn.prefix_tokens == before.prompt_tokens) << name;
      EXPECT_TRUE(is_cut || turn.prompt_tokens > before.prompt_tokens + 5) << name;
    }
}

TEST(SessionsTest, ClientsOfAClosedLoopTakeTheirSessionsOneAfterTheOther) {
  WorkloadSpec spec = everything();
  spec.arrivals = Arrivals::closed;
  spec.concurrency = 7;
  spec.think_time = fixed(4e9);
  const std::vector<Request> requests = make_trace(spec, 1);
  for (std::size_t i = 0; i < requests.size(); ++i)
    EXPECT_EQ(requests[i].after.empty(), i < 7) << i;
}

TEST(SessionsTest, AMixHasItsClassesInTheirShares) {
  WorkloadSpec spec{.rate = 1, .mix = {}, .requests = 100'000};
  spec.mix = {{.name = "short", .share = 3, .context = fixed(100), .output = fixed(1)},
              {.name = "long", .share = 1, .context = fixed(1'000'000), .output = fixed(9)}};
  const std::vector<Request> requests = make_trace(spec, 1);
  const auto longs = std::ranges::count(requests, 1'000'000, &Request::prompt_tokens);
  EXPECT_NEAR(static_cast<double>(longs), 25'000, 700);
  EXPECT_EQ(std::ranges::count(requests, 9, &Request::output_tokens), longs);
}

TEST(SessionsTest, AnotherDistributionForOnePurposeLeavesTheOthersDraws) {
  WorkloadSpec spec = everything(), other = spec;
  spec.sessions = other.sessions = {};
  spec.context = other.context = Distribution{.shape = Shape::exponential, .mean = 1000};
  other.output = Distribution{.shape = Shape::exponential, .mean = 50};
  const std::vector<Request> a = make_trace(spec, 1), b = make_trace(other, 1);
  EXPECT_EQ(each(a, &Request::prompt_tokens), each(b, &Request::prompt_tokens));
  EXPECT_EQ(each(a, &Request::arrival), each(b, &Request::arrival));
  EXPECT_NE(each(a, &Request::output_tokens), each(b, &Request::output_tokens));
}

}  // namespace
}  // namespace splitbench
