#include <gmock/gmock.h>

#include "workloads/traces/prefix_index.hpp"
#include "workloads/traces/trace_fixture.hpp"

namespace splitbench {
namespace {

class BailianTest : public TraceFixture {};

std::string line(double at, const std::string& ids) {
  return "{\"chat_id\": 1, \"parent_chat_id\": -1, \"timestamp\": " + std::to_string(at) +
         ", \"input_length\": 40, \"output_length\": 2, \"type\": \"text\", \"turn\": 1, "
         "\"hash_ids\": [" +
         ids + "]}\n";
}

TEST_F(BailianTest, CountsSecondsAndBlocksOfSixteenTokens) {
  const auto requests = read("trace.jsonl", line(0, "1, 2") + line(61.114, "1, 2, 3"));
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[1].timestamp, std::chrono::milliseconds(61'114));
  EXPECT_EQ(requests[1].input_tokens, 40u);
  EXPECT_EQ(requests[1].block_tokens, 16u);
}

TEST_F(BailianTest, EqualBlocksBehindUnequalOnesAreNoHit) {
  const auto requests = read("trace.jsonl", line(0, "1, 2, 3") + line(1, "9, 2, 3"));
  EXPECT_NE(requests[0].hash_ids[1], requests[1].hash_ids[1]);
  EXPECT_NE(requests[0].hash_ids[2], requests[1].hash_ids[2]);
}

TEST_F(BailianTest, EqualPrefixesStayEqual) {
  const auto requests = read("trace.jsonl", line(0, "1, 2, 3") + line(1, "1, 2, 4"));
  EXPECT_EQ(requests[0].hash_ids[1], requests[1].hash_ids[1]);
  EXPECT_NE(requests[0].hash_ids[2], requests[1].hash_ids[2]);
}

TEST_F(BailianTest, RefusesALineOfAnotherFormat) {
  EXPECT_EQ(refusal("trace.jsonl", line(0, "1, 2") + "{\"chat_id\": 2, \"timestamp\": -1}"),
            "2: timestamp is -1, expected seconds from 0 to 4e9");
}

}  // namespace
}  // namespace splitbench
