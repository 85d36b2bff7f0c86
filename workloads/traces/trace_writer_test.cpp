#include "workloads/traces/trace_writer.hpp"

#include <gmock/gmock.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "workloads/files.hpp"
#include "workloads/traces/trace_fixture.hpp"

namespace splitbench {
namespace {

using nlohmann::json;

std::string ours(const std::vector<TraceRequest>& requests) {
  std::string text;
  for (const TraceRequest& request : requests) append_ours(request, text);
  return text;
}

std::string mooncake(const std::vector<TraceRequest>& requests) {
  std::string text;
  for (const TraceRequest& request : requests) append_mooncake(request, text);
  return text;
}

/// Returns requests with every field at random, in an order that a reader takes.
std::vector<TraceRequest> random_requests(std::size_t count, std::uint64_t nanoseconds) {
  std::mt19937_64 random(1);
  std::vector<TraceRequest> requests(count);
  Time now{0};
  for (std::size_t i = 0; i < count; ++i) {
    TraceRequest& request = requests[i];
    now += Time(random() % 1'000'000 * nanoseconds);
    request.timestamp = now;
    request.input_tokens = 1 + random() % 2000;
    request.output_tokens = 1 + random() % kMaxTokens;
    if (random() % 2) request.request_id = "r" + std::to_string(i);
    for (std::size_t j = 0; j < i; ++j)
      if (random() % 8 == 0 && !requests[j].request_id.empty())
        request.wait_for.push_back(requests[j].request_id);
    if (!request.wait_for.empty()) request.delay = Time(random() % 1'000'000 * nanoseconds);
    if (!request.wait_for.empty() && random() % 2)
      request.session = "s\"\\\n\u00e9" + std::to_string(random() % 3);
    request.block_tokens = 512;
    for (std::size_t j = (request.input_tokens + 511) / 512; j > 0; --j)
      request.hash_ids.push_back(random());
    request.prefix_reset = random() % 4 == 0;
  }
  return requests;
}

class TraceWriterTest : public TraceFixture {};

TEST_F(TraceWriterTest, OursGivesBackEveryFieldOfEveryRequest) {
  std::vector<TraceRequest> requests = random_requests(60, 1);
  requests[0].block_tokens = 0;  // a trace without ids
  requests[0].hash_ids.clear();
  requests[1].block_tokens = 64;
  requests[1].hash_ids = {0, std::numeric_limits<std::uint64_t>::max()};
  EXPECT_EQ(read("trace.jsonl", ours(requests)), requests);
}

TEST_F(TraceWriterTest, OursWritesNoFieldThatIsAtItsDefault) {
  EXPECT_EQ(ours({{.timestamp = Time(7), .input_tokens = 2, .output_tokens = 3}}),
            "{\"timestamp_ns\": 7, \"input_tokens\": 2, \"output_tokens\": 3}\n");
}

TEST_F(TraceWriterTest, MooncakeGivesBackEveryFieldToo) {
  const std::vector<TraceRequest> requests = random_requests(60, 250);
  EXPECT_EQ(read("trace.jsonl", mooncake(requests)), requests);
}

TEST_F(TraceWriterTest, MooncakeToOursToMooncakeIsTheSame) {
  const std::string text =
      R"({"timestamp": 0, "input_length": 1024, "output_length": 500, "hash_ids": [0, 1]})"
      "\n"
      R"({"timestamp": 27482.25, "input_length": 5, "output_length": 1, "session_id": "s", )"
      R"("request_id": "a", "hash_ids": []})"
      "\n"
      R"({"timestamp": 1, "input_length": 5, "output_length": 1, "session_id": "s", )"
      R"("wait_for": ["a"], "delay_ms": 0.000001, "prefix_reset": true, "hash_ids": [9]})"
      "\n";
  EXPECT_EQ(mooncake(read("ours.jsonl", ours(read("mooncake.jsonl", text)))),
            mooncake(read("mooncake.jsonl", text)));
  std::istringstream expected(text), given(mooncake(read("mooncake.jsonl", text)));
  for (std::string left, right; std::getline(expected, left);) {
    ASSERT_TRUE(std::getline(given, right));
    EXPECT_EQ(json::parse(left), json::parse(right));
  }
}

TEST_F(TraceWriterTest, MooncakeKeepsBlocksOfAnySize) {
  const TraceRequest request{
      .input_tokens = 1100, .output_tokens = 1, .block_tokens = 256, .hash_ids = {1, 2, 3, 4, 5}};
  EXPECT_EQ(read("trace.jsonl", mooncake({request})), std::vector{request});
}

TEST_F(TraceWriterTest, MooncakeStatesTheSizeOfBlocksWhereTheirNumberDoesNot) {
  for (const std::uint32_t block : {64u, 100u}) {
    const TraceRequest request{
        .input_tokens = 1024, .output_tokens = 1, .block_tokens = block, .hash_ids = {1, 2}};
    EXPECT_EQ(read("trace.jsonl", mooncake({request})), std::vector{request});
  }
}

TEST_F(TraceWriterTest, RefusesPrefixesThatCannotBe) {
  TraceRequest first{
      .input_tokens = 100, .output_tokens = 9, .request_id = "a", .states_prefix = true};
  TraceRequest second{.input_tokens = 2000,
                      .output_tokens = 9,
                      .states_prefix = true,
                      .prefix_of = "a",
                      .prefix_tokens = 101};
  EXPECT_THROW(read("trace.jsonl", ours({first, second})), InputError);
  second.prefix_tokens = 100;
  second.answer_tokens = 10;
  EXPECT_THROW(read("trace.jsonl", ours({first, second})), InputError);
  second.answer_tokens = 9;
  EXPECT_EQ(read("trace.jsonl", ours({first, second})), (std::vector{first, second}));
  second.prefix_of.clear();
  EXPECT_THROW(read("trace.jsonl", ours({first, second})), InputError);
}

TEST_F(TraceWriterTest, OursGivesBackPrefixesThatNoIdsTellAndTurnsWithoutADelay) {
  const TraceRequest first{.input_tokens = 1000,
                           .output_tokens = 9,
                           .session = "s",
                           .request_id = "a",
                           .states_prefix = true};
  TraceRequest second = first;
  second.request_id = "b";
  second.after_session = true;
  second.prefix_of = "a";
  second.prefix_tokens = 999;
  second.answer_tokens = 1;
  EXPECT_EQ(read("trace.jsonl", ours({first, second})), (std::vector{first, second}));
}

}  // namespace
}  // namespace splitbench
