#include "workloads/traces/sessions/session_reader.hpp"

#include <cstdlib>
#include <gmock/gmock.h>

#include "workloads/traces/trace_fixture.hpp"

namespace splitbench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string session(std::string_view id, std::string_view requests) {
  return R"({"id": ")" + std::string(id) +
         R"(", "block_size": 64, "hash_id_scope": "local", "requests": [)" + std::string(requests) +
         "]}";
}

constexpr std::string_view kTwoTurns =
    R"({"t": 0.0, "type": "n", "in": 130, "out": 5, "hash_ids": [1, 2], "api_time": 4.0},
       {"t": 9.5, "type": "s", "in": 260, "out": 7, "hash_ids": [1, 2, 3, 4], "think_time": 5.25})";

class SessionTest : public TraceFixture {
 protected:
  std::vector<TraceRequest> read(std::string_view requests) const {
    return TraceFixture::read("a.json", session("a", requests));
  }
  std::string refusal(std::string_view requests) const {
    return TraceFixture::refusal("a.json", session("a", requests));
  }
};

TEST_F(SessionTest, ATurnWaitsForTheOneBeforeAndThenThinks) {
  const std::vector<TraceRequest> turns = read(kTwoTurns);
  ASSERT_EQ(turns.size(), 2u);
  EXPECT_EQ(turns[0].session, "a");
  EXPECT_EQ(turns[0].timestamp, seconds(0));
  EXPECT_EQ(turns[0].input_tokens, 130u);
  EXPECT_EQ(turns[0].block_tokens, 64u);
  EXPECT_THAT(turns[0].wait_for, IsEmpty());
  EXPECT_EQ(turns[1].timestamp, milliseconds(9'500));
  EXPECT_THAT(turns[1].wait_for, ElementsAre(turns[0].request_id));
  EXPECT_EQ(turns[1].delay, milliseconds(5'250));
}

TEST_F(SessionTest, WithoutAThinkTimeItTakesTheTimeBetween) {
  const auto turns = read(R"({"t": 1, "in": 1, "out": 1, "hash_ids": [], "api_time": 2},
                             {"t": 7, "in": 1, "out": 1, "hash_ids": []},
                             {"t": 7, "in": 1, "out": 0, "hash_ids": []})");
  EXPECT_THAT(turns, ElementsAre(testing::Field(&TraceRequest::delay, seconds(0)),
                                 testing::Field(&TraceRequest::delay, seconds(4)),
                                 testing::Field(&TraceRequest::delay, seconds(0))));
  EXPECT_EQ(turns[0].timestamp, seconds(0)) << "a session begins with its first request";
  EXPECT_EQ(turns[2].output_tokens, 1u) << "an answer that was cut off";
}

constexpr std::string_view kSubAgents =
    R"({"t": 0, "in": 1, "out": 1, "hash_ids": [], "api_time": 1},
       {"t": 3, "type": "subagent", "requests": [
          {"t": 0, "in": 2, "out": 1, "hash_ids": [], "api_time": 1},
          {"t": 2, "in": 3, "out": 1, "hash_ids": [], "api_time": 1, "think_time": 1}]},
       {"t": 4, "type": "subagent", "requests": [
          {"t": 0, "in": 4, "out": 1, "hash_ids": [], "api_time": 90}]},
       {"t": 10, "in": 5, "out": 1, "hash_ids": [], "api_time": 1, "think_time": 9},
       {"t": 100, "in": 6, "out": 1, "hash_ids": [], "think_time": 89})";

/// Returns the request with an input of that length.
const TraceRequest& find(const std::vector<TraceRequest>& requests, std::uint64_t input) {
  return *std::ranges::find(requests, input, &TraceRequest::input_tokens);
}

TEST_F(SessionTest, SubAgentsFanOutFromTheirMarkerAndJoinWhereTheyHadEnded) {
  const auto all = read(kSubAgents);
  const auto id = [&](std::uint64_t input) { return find(all, input).request_id; };
  ASSERT_EQ(all.size(), 6u);
  EXPECT_TRUE(std::ranges::is_sorted(all, {}, &TraceRequest::timestamp));
  EXPECT_EQ(find(all, 3).timestamp, seconds(5)) << "counts from the marker";
  EXPECT_THAT(find(all, 2).wait_for, ElementsAre(id(1)));
  EXPECT_EQ(find(all, 2).delay, seconds(2));
  EXPECT_THAT(find(all, 3).wait_for, ElementsAre(id(2)));
  EXPECT_THAT(find(all, 4).wait_for, ElementsAre(id(1)));
  EXPECT_THAT(find(all, 5).wait_for, ElementsAre(id(1), id(3))) << "the other one still ran";
  EXPECT_EQ(find(all, 5).delay, seconds(4)) << "from the end of the last, not of the turn before";
  EXPECT_THAT(find(all, 6).wait_for, ElementsAre(id(5), id(4)));
  EXPECT_EQ(find(all, 6).delay, seconds(6));
}

TEST_F(SessionTest, TakesTimesOfSubAgentsThatCountFromTheSessionToo) {
  const auto all = read(R"({"t": 0, "in": 1, "out": 1, "hash_ids": []},
                           {"t": 30, "type": "subagent", "requests": [
                              {"t": 31, "in": 2, "out": 1, "hash_ids": []}]})");
  EXPECT_EQ(find(all, 2).timestamp, seconds(31));
}

TEST_F(SessionTest, ASubAgentBeforeTheFirstTurnIsThereFromTheStart) {
  const auto all = read(R"({"t": 2, "type": "subagent", "requests": []},
                           {"t": 2, "type": "subagent", "requests": [
                              {"t": 1, "in": 2, "out": 1, "hash_ids": []}]},
                           {"t": 9, "in": 1, "out": 1, "hash_ids": []})");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].timestamp, seconds(0));
  EXPECT_THAT(all[0].wait_for, IsEmpty());
  EXPECT_THAT(all[1].wait_for, ElementsAre(all[0].request_id));
}

TEST_F(SessionTest, CallsThatOverlappedMayOverlapAgain) {
  const auto all = read(R"({"t": 0.0, "in": 1, "out": 1, "api_time": 1.5},
                           {"t": 2.0, "in": 2, "out": 1, "api_time": 6},
                           {"t": 2.5, "in": 3, "out": 1, "api_time": 1},
                           {"t": 9.0, "in": 4, "out": 1})");
  const auto id = [&](std::uint64_t input) { return find(all, input).request_id; };
  EXPECT_THAT(find(all, 2).wait_for, ElementsAre(id(1)));
  EXPECT_THAT(find(all, 3).wait_for, ElementsAre(id(1))) << "not for the call that still ran";
  EXPECT_EQ(find(all, 3).delay, seconds(1));
  EXPECT_THAT(find(all, 4).wait_for, ElementsAre(id(2), id(3)));
  EXPECT_EQ(find(all, 4).delay, seconds(1));
}

TEST_F(SessionTest, TimesInWholeSecondsThatSeemToOverlapDoNot) {
  const auto all = read(R"({"t": 0, "in": 1, "out": 1, "api_time": 7.34},
                           {"t": 7, "in": 2, "out": 1, "think_time": 0})");
  EXPECT_THAT(find(all, 2).wait_for, ElementsAre(find(all, 1).request_id));
}

TEST_F(SessionTest, WhatSubAgentsCountFromIsDecidedOnceForAllSessions) {
  const std::string either =
      R"({"t": 0, "in": 1, "out": 1}, {"t": 2, "type": "subagent", "requests": [)"
      R"({"t": 3, "in": 2, "out": 1}]})";
  const std::string relative =
      R"({"t": 9, "type": "subagent", "requests": [{"t": 1, "in": 3, "out": 1}]})";
  write("s/a.json", session("a", either));
  EXPECT_EQ(find(read_all(*open_trace(folder_ / "s")), 2).timestamp, seconds(3));
  EXPECT_EQ(find(read_all(*open_trace(folder_ / "s", {.sub_agents = SubAgentTimes::relative})), 2)
                .timestamp,
            seconds(5));
  write("s/b.json", session("b", relative));
  const auto trace = open_trace(folder_ / "s");
  EXPECT_EQ(find(read_all(*trace), 2).timestamp, seconds(5));
  EXPECT_THAT(trace->remarks(), ElementsAre(HasSubstr("--subagent-times absolute")));
}

TEST_F(SessionTest, ManySessionsMayBeInOneFile) {
  const std::string lines = session("a", R"({"t": 0, "in": 1, "out": 1})") + "\n" +
                            session("b", R"({"t": 0, "in": 2, "out": 1})") + "\n";
  const auto of_lines = TraceFixture::read("s.jsonl", lines);
  ASSERT_EQ(of_lines.size(), 2u);
  EXPECT_EQ(of_lines[1].session, "b");
  std::string array = "[" + lines + "]";
  array[array.find('\n')] = ',';
  EXPECT_EQ(TraceFixture::read("s.json", array), of_lines);
}

TEST_F(SessionTest, HashIdsOfASessionMatchOnlyThere) {
  write("s/a.json", session("a", kTwoTurns));
  write("s/b.json", session("b", kTwoTurns));
  const auto all = read_all(*open_trace(folder_ / "s"));
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].hash_ids[1], all[1].hash_ids[1]);
  EXPECT_NE(all[1].hash_ids[2], all[1].hash_ids[3]);
  EXPECT_NE(all[0].hash_ids[0], all[2].hash_ids[0]);
}

TEST_F(SessionTest, SessionsStartAfterOneAnother) {
  write("s/x/b.json", session("b", kTwoTurns));
  write("s/a.json", session("a", kTwoTurns));
  write("s/notes.txt", "no session");
  const auto all = read_all(*open_trace(folder_ / "s", {.session_gap = seconds(2)}));
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].session, "a");
  EXPECT_EQ(all[2].session, "b");
  EXPECT_EQ(all[2].timestamp, seconds(2));
  EXPECT_EQ(all[3].timestamp, milliseconds(11'500));
}

TEST_F(SessionTest, NamesThePlaceOfAMistake) {
  EXPECT_EQ(refusal(R"({"t": 0, "in": 1, "out": 1, "hash_ids": [5, 1.5]})"),
            "1: requests[0].hash_ids[1] is 1.5, expected an array of ids: integers or texts");
  EXPECT_EQ(refusal(R"({"t": 5, "type": "subagent", "requests": [{"t": 0, "in": 0}]})"),
            "1: requests[0].requests[0].in is 0, expected an integer from 1 to 100000000");
  EXPECT_EQ(refusal(R"({"t": 5, "in": 1, "out": 1, "hash_ids": []}, {"t": 4})"),
            "1: requests[1].t is 4 s, expected at least the 5 s of the one before");
  EXPECT_EQ(refusal(R"({"t": 4e8, "in": 1})"),
            "1: requests[0].t is 400000000 s into the session, expected at most ten years");
  EXPECT_EQ(refusal(R"({"t": -1, "in": 1})"),
            "1: requests[0].t is -1, expected seconds from 0 to 4e9");
  EXPECT_EQ(refusal("7"), "1: requests is 7, expected an array of objects");
  EXPECT_EQ(refusal(""), "1: no request, expected a session of one or more");
  EXPECT_THAT(TraceFixture::refusal("b.json", "{\"id\": "),
              HasSubstr("the JSON ends after 7 bytes, expected one JSON object of a session"));
}

TEST_F(SessionTest, SkipsAndCountsBadSessionsIfAsked) {
  write("s/a.json", "{");
  write("s/b.json", session("b", kTwoTurns));
  write("s/c.json", session("b", kTwoTurns));
  const auto trace = open_trace(folder_ / "s", {.bad_rows = BadRows::skip});
  EXPECT_EQ(read_all(*trace).size(), 2u);
  EXPECT_EQ(trace->left_out().bad, 2u) << "a broken one, and one that was there already";
}

TEST_F(SessionTest, RefusesAFolderWithoutSessions) {
  write("s/readme.txt", "");
  EXPECT_THROW(open_trace(folder_ / "s"), InputError);
}

/// A fixture that packs archives with the tar of the machine.
class SessionArchiveTest : public SessionTest {
 protected:
  std::filesystem::path pack(const std::string& options) const {
    const std::filesystem::path path = folder_ / "sessions.tar.xz";
    const std::string command = "tar -C '" + folder_.string() + "' " + options + " -cJf '" +
                                path.string() + "' s 2>/dev/null";
    return std::system(command.c_str()) == 0 ? path : "";
  }
  static std::string refusal_of(const std::filesystem::path& path) {
    try {
      const auto trace = open_trace(path, {.bad_rows = BadRows::skip});
      read_all(*trace);
    } catch (const InputError& error) {
      return error.what();
    }
    return "was read";
  }
};

TEST_F(SessionArchiveTest, AnArchiveIsReadAsItsFolderIs) {
  write("s/a.json", session("a", kTwoTurns));
  write("s/b.json", session("b", kSubAgents));
  write("s/LICENSE", "words");
  const std::filesystem::path archive = pack("--sort=name");
  if (archive.empty()) GTEST_SKIP() << "no tar with xz";
  EXPECT_EQ(read_all(*open_trace(archive)), read_all(*open_trace(folder_ / "s")));
}

TEST_F(SessionArchiveTest, RefusesWhatIsNoArchive) {
  EXPECT_THAT(refusal_of(write("no.tar.xz", "no archive")),
              HasSubstr("no.tar.xz:1: columns \"no archive\" of no trace that is known"));
}

TEST_F(SessionArchiveTest, RefusesAnArchiveThatWasCut) {
  write("s/a.json", session("a", kTwoTurns));
  const std::filesystem::path archive = pack("");
  if (archive.empty()) GTEST_SKIP() << "no tar with xz";
  std::filesystem::resize_file(archive, std::filesystem::file_size(archive) / 2);
  EXPECT_THAT(refusal_of(archive), HasSubstr("sessions.tar.xz: "));
}

TEST_F(SessionArchiveTest, RefusesABombByWhatItSaysOfItself) {
  write("s/a.json", session("a", kTwoTurns));
  const std::filesystem::path large = write("s/zeros.bin", "");
  std::filesystem::resize_file(large, TraceFiles::kMaxTotal + 1);  // a hole
  const std::filesystem::path archive = pack("--sparse");
  if (archive.empty()) GTEST_SKIP() << "no tar with xz";
  EXPECT_THAT(refusal_of(archive),
              HasSubstr("more than 8589934592 bytes when unpacked, expected a smaller archive"));
}

TEST_F(SessionArchiveTest, RefusesASessionThatIsTooLarge) {
  const std::filesystem::path large = write("s/a.json", "");
  std::filesystem::resize_file(large, RecordSource::kMaxRecord + 1);
  EXPECT_THAT(refusal_of(folder_ / "s"), HasSubstr("a.json:1: a line of 67108864 bytes or more"));
}

}  // namespace
}  // namespace splitbench
