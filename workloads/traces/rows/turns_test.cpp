#include <gmock/gmock.h>

#include "workloads/traces/trace_fixture.hpp"

namespace splitbench {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

class TurnsTest : public TraceFixture {
 protected:
  std::vector<TraceRequest> read(std::string_view text, const TraceOptions& options = {}) const {
    return TraceFixture::read("trace.jsonl", text, options);
  }
};

constexpr std::string_view kDelaysAlone =
    R"({"session_id": "a", "timestamp": 0, "input_length": 1100, "output_length": 40}
{"session_id": "a", "delay": 800, "input_length": 1500, "output_length": 35}
{"session_id": "b", "timestamp": 300, "input_length": 700, "output_length": 15}
{"session_id": "a", "delay": 0, "input_length": 2000, "output_length": 30})";

TEST_F(TurnsTest, ATurnWithADelayAloneWaitsForTheTurnBefore) {
  const auto turns = read(kDelaysAlone);
  ASSERT_EQ(turns.size(), 4u);
  EXPECT_FALSE(waits(turns[0]));
  EXPECT_TRUE(turns[1].after_session);
  EXPECT_EQ(turns[1].delay, milliseconds(800));
  EXPECT_TRUE(turns[2].after_session) << "also if the delay is 0";
  EXPECT_EQ(turns[2].input_tokens, 2000u) << "it has the time of the turn before";
  EXPECT_FALSE(waits(turns[3]));
}

constexpr std::string_view kTimesAlone =
    R"({"session_id": "a", "timestamp": 0, "input_length": 20480, "output_length": 400}
{"session_id": "a", "timestamp": 5, "input_length": 21504, "output_length": 50})";

TEST_F(TurnsTest, ATurnWithATimeAloneWaitsForTheTurnBeforeUnlessSessionsAreOpen) {
  const auto closed = read(kTimesAlone);
  EXPECT_TRUE(closed[1].after_session);
  EXPECT_EQ(closed[1].delay, milliseconds(5));
  const auto open = read(kTimesAlone, {.sessions = SessionArrivals::open});
  EXPECT_FALSE(waits(open[1]));
  EXPECT_EQ(open[1].timestamp, milliseconds(5));
}

constexpr std::string_view kNewAlone =
    R"({"session_id": "a", "timestamp": 0, "input_length": 20, "output_length": 3, "hash_ids": [1, 2]}
{"session_id": "a", "timestamp": 1000, "input_length": 16, "output_length": 4, "hash_ids": [7]}
{"session_id": "b", "timestamp": 2000, "input_length": 20, "output_length": 3, "hash_ids": [1, 2]}
{"session_id": "b", "timestamp": 3000, "input_length": 16, "output_length": 4, "hash_ids": [7]})";

TEST_F(TurnsTest, TurnsThatListWhatIsNewBecomeWholePrompts) {
  const auto turns = read(kNewAlone, {.block_tokens = 16, .turns = Turns::delta});
  ASSERT_EQ(turns.size(), 4u);
  EXPECT_EQ(turns[1].input_tokens, 20u + 3 + 16);
  EXPECT_THAT(turns[1].hash_ids, testing::SizeIs(2)) << "the blocks that are full";
  EXPECT_EQ(turns[1].hash_ids[0], turns[0].hash_ids[0]);
  EXPECT_EQ(turns[2].hash_ids[0], turns[0].hash_ids[0]) << "sessions may begin the same";
  EXPECT_NE(turns[3].hash_ids[1], turns[1].hash_ids[1]) << "but have answers of their own";
}

TEST_F(TurnsTest, SaysThatNoTurnContinuesTheOneBefore) {
  const auto trace = open_trace(write("trace.jsonl", kNewAlone), {.block_tokens = 16});
  read_all(*trace);
  EXPECT_THAT(trace->remarks(), ElementsAre(HasSubstr("--turns delta")));
  const auto known =
      open_trace(write("trace.jsonl", kNewAlone), {.block_tokens = 16, .turns = Turns::delta});
  read_all(*known);
  EXPECT_THAT(known->remarks(), ElementsAre());
}

TEST_F(TurnsTest, AChatIsASessionWhateverTheOrderOfItsRows) {
  const auto row = [](int chat, int parent, int at) {
    return R"({"chat_id": )" + std::to_string(chat) + R"(, "parent_chat_id": )" +
           std::to_string(parent) + R"(, "timestamp": )" + std::to_string(at) +
           R"(, "input_length": 9, "output_length": 2})" + "\n";
  };
  for (const TraceRequest& turn : read(row(7, 3, 9) + row(3, 0, 5) + row(0, -1, 1)))
    EXPECT_EQ(turn.session, "0") << splitbench::seconds(turn.timestamp);
}

TEST_F(TurnsTest, ASessionWhoseFirstTurnIsAbsentBeginsWhereItWas) {
  const std::string failed =
      R"({"timestamp": 0, "input_length": 9, "output_length": 2}
{"timestamp": 100000, "session_id": "a", "request_id": "1", "input_length": 9, "output_length": 0}
{"delay": 1000, "session_id": "a", "wait_for": ["1"], "input_length": 9, "output_length": 2}
{"delay": 1000, "session_id": "a", "input_length": 9, "output_length": 2})";
  const auto after_failure = read(failed);
  ASSERT_EQ(after_failure.size(), 3u);
  EXPECT_EQ(after_failure[1].timestamp, milliseconds(100'000));
  EXPECT_FALSE(waits(after_failure[1])) << "for one that is left out";
  const auto undated = read(R"({"timestamp": 1700000000000, "input_length": 9, "output_length": 2}
{"delay": 5, "session_id": "b", "input_length": 9, "output_length": 2})");
  EXPECT_EQ(undated[1].timestamp, milliseconds(1'700'000'000'000));
}

TEST_F(TurnsTest, RefusesATurnThatIsFurtherOutOfPlaceThanRowsMayBe) {
  const auto row = [](int at, const char* session) {
    return R"({"timestamp": )" + std::to_string(at) + R"(, "session_id": ")" + session +
           R"(", "input_length": 9, "output_length": 2})" + "\n";
  };
  std::string text = row(500'000, "a");
  for (std::size_t i = 0; i < kRowsAhead; ++i) text += row(500'000, "b");
  EXPECT_THAT(refusal("trace.jsonl", text + row(100'000, "a")),
              HasSubstr("1026: a turn 400 s before the one that its session had before"));
}

TEST_F(TurnsTest, RefusesARowThatHasNeitherATimeNorASession) {
  EXPECT_THAT(refusal("trace.jsonl", R"({"input_length": 9, "output_length": 2, "delay": 3})"),
              HasSubstr("1: timestamp is missing"));
}

}  // namespace
}  // namespace splitbench
