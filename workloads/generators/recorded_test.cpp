#include "workloads/generators/recorded.hpp"

#include <algorithm>
#include <gmock/gmock.h>

#include "workloads/traces/trace_fixture.hpp"
#include "workloads/traces/trace_writer.hpp"

namespace splitbench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

TraceRequest at(Time time, std::vector<std::uint64_t> ids = {}) {
  return {.timestamp = time,
          .input_tokens = 1000,
          .output_tokens = 10,
          .block_tokens = 512,
          .hash_ids = std::move(ids)};
}

class RecordedTest : public TraceFixture {
 protected:
  std::filesystem::path save(const std::vector<TraceRequest>& requests) const {
    std::string text;
    for (const TraceRequest& request : requests) append_ours(request, text);
    return write("trace.jsonl", text);
  }
  std::vector<Request> record(const std::vector<TraceRequest>& requests,
                              const RecordedOptions& options = {}) const {
    return recorded_requests(save(requests), options).requests;
  }
  std::vector<Time> spread(const std::vector<Time>& times) const {
    std::vector<TraceRequest> requests;
    for (const Time time : times) requests.push_back(at(time));
    std::vector<Time> arrivals;
    for (const TraceRequest& request : read_all(*spread_batches(open_trace(save(requests)))))
      arrivals.push_back(request.timestamp);
    return arrivals;
  }
};

TEST_F(RecordedTest, CountsFromTheFirstArrivalAndNamesSharedPrefixes) {
  const auto requests = record({at(seconds(5), {1, 2}), at(seconds(7), {1, 3}), at(seconds(8))});
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[0].prefix_of, kNoRequest);
  EXPECT_EQ(requests[1].arrival, seconds(2));
  EXPECT_EQ(requests[1].prefix_of, 0u);
  EXPECT_EQ(requests[1].prefix_tokens, 512u);
  EXPECT_EQ(requests[2].prefix_of, kNoRequest);
  EXPECT_EQ(requests[2].prefix_tokens, 0u);
}

TEST_F(RecordedTest, ChecksWhatItDoesNotKeep) {
  const std::filesystem::path path = save({at(seconds(0)), at(seconds(1))});
  EXPECT_EQ(recorded_requests(path, {.keep = 1}).requests.size(), 1u);
  std::ofstream(path, std::ios::app) << "null\n";
  EXPECT_THROW(recorded_requests(path, {.keep = 1}), InputError);
}

TEST_F(RecordedTest, NamesThoseItWaitsForByTheirIdsInOrderOfArrival) {
  std::vector<TraceRequest> lines = {at(seconds(0)), at(seconds(9)), at(seconds(2))};
  lines[0].request_id = "first";
  lines[1].request_id = "late";
  lines[1].wait_for = {"first"};
  lines[2].session = "s";
  lines.push_back(at(seconds(4)));
  lines[3].session = "s";
  lines[3].delay = seconds(1);
  lines[3].after_session = true;
  const auto requests = record(lines);
  ASSERT_EQ(requests.size(), 4u);
  EXPECT_EQ(requests[3].arrival, seconds(9));
  EXPECT_THAT(requests[3].after, ElementsAre(0));
  EXPECT_THAT(requests[1].after, IsEmpty());
  EXPECT_THAT(requests[2].after, ElementsAre(1)) << "its session's request before";
  EXPECT_EQ(requests[2].delay, seconds(1));
}

TEST_F(RecordedTest, SharesAPrefixOnlyWithWhatArrivesEarlier) {
  std::vector<TraceRequest> lines = {at(seconds(0)), at(seconds(9), {1}), at(seconds(2), {1})};
  lines[0].request_id = "first";
  lines[1].wait_for = {"first"};
  for (const Request& request : record(lines)) EXPECT_EQ(request.prefix_of, kNoRequest);
}

TEST_F(RecordedTest, ATurnThatContinuesHoldsTheAnswerBefore) {
  std::vector<TraceRequest> turns = {at(seconds(0), {1, 2}), at(seconds(1), {1, 2, 3, 4})};
  turns[0].input_tokens = 1024;
  turns[0].output_tokens = 300;
  turns[1].input_tokens = 1800;
  turns[0].session = turns[1].session = "s";
  EXPECT_EQ(record(turns)[1].answer_tokens, 300u);
  turns[0].input_tokens = 1100;  // the third block is not the first prompt's alone
  EXPECT_EQ(record(turns)[1].prefix_tokens, 1024u);
  EXPECT_EQ(record(turns)[1].answer_tokens, 376u);
  turns[1].input_tokens = 1399;
  turns[1].hash_ids.pop_back();
  EXPECT_EQ(record(turns)[1].answer_tokens, 0u) << "too short to hold it";
  turns[1].session = "t";
  turns[1].input_tokens = 1800;
  EXPECT_EQ(record(turns)[1].answer_tokens, 0u) << "another session's";
}

TEST_F(RecordedTest, AnAnswerBelongsToTheTurnWhoseBlocksThePromptHas) {
  std::vector<TraceRequest> rows = {at(seconds(0), {9, 8}), at(seconds(1), {1, 2}),
                                    at(seconds(20), {9, 8, 7, 6})};
  rows[0].input_tokens = 1024;
  rows[1].input_tokens = 1024;
  rows[1].output_tokens = 900;
  rows[2].input_tokens = 2000;
  rows[1].session = rows[2].session = "a";
  EXPECT_EQ(record(rows)[2].prefix_tokens, 1024u);
  EXPECT_EQ(record(rows)[2].answer_tokens, 0u) << "its session's turn before had other blocks";
  rows[0].request_id = "parent";
  rows[2].wait_for = {"parent"};
  EXPECT_EQ(record(rows)[2].answer_tokens, 10u) << "of the one that it waits for and continues";
}

TEST_F(RecordedTest, RowsWithIdsAndRowsThatStateTheirPrefixMayWaitForOneAnother) {
  std::vector<TraceRequest> rows = {at(seconds(0), {1}), at(seconds(1)), at(seconds(2), {1})};
  rows[1].request_id = "stated";
  rows[1].block_tokens = 0;
  rows[1].states_prefix = true;
  rows[2].wait_for = {"stated"};
  EXPECT_EQ(record(rows)[2].prefix_tokens, 512u);
}

TEST_F(RecordedTest, AllRequestsAreKeptWhateverTheirTimesIfThereIsNoWindow) {
  std::vector<TraceRequest> rows = {at(seconds(9), {1}), at(seconds(0), {1})};
  rows[0].request_id = "first";
  rows[1].wait_for = {"first"};
  const auto requests = record(rows);
  ASSERT_EQ(requests.size(), 2u);
  const Request& later = requests[0].after.empty() ? requests[1] : requests[0];
  EXPECT_EQ(later.prefix_tokens, 512u) << "it arrives when the other has ended";
}

TEST_F(RecordedTest, AWindowForgetsWhatIsOutsideOfIt) {
  std::vector<TraceRequest> lines = {at(seconds(10), {1}), at(seconds(14), {1}), at(seconds(15)),
                                     at(seconds(19))};
  for (std::size_t i = 0; i < lines.size(); ++i) lines[i].request_id = std::to_string(i);
  lines[1].wait_for = {"0"};
  lines[2].wait_for = {"1"};
  const auto requests = record(lines, {.start = seconds(4), .end = seconds(9)});
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].arrival, seconds(0));
  EXPECT_THAT(requests[0].after, IsEmpty());
  EXPECT_EQ(requests[0].prefix_of, kNoRequest);
  EXPECT_THAT(requests[1].after, ElementsAre(0));
  EXPECT_THROW(record(lines, {.start = seconds(40)}), InputError);
}

TEST_F(RecordedTest, LongPromptsAreRefusedLeftOutOrCut) {
  std::vector<TraceRequest> lines = {at(seconds(0)), at(seconds(1), {1, 2})};
  lines[0].input_tokens = 600;
  RecordedOptions options{.max_context = 700};
  EXPECT_THROW(record(lines, options), InputError);
  options.long_prompts = LongPrompts::drop;
  EXPECT_EQ(record(lines, options).size(), 1u);
  options.long_prompts = LongPrompts::truncate;
  EXPECT_EQ(record(lines, options).at(1).prompt_tokens, 700u);
  EXPECT_THAT(recorded_requests(save(lines), options).remarks,
              ElementsAre(testing::HasSubstr("1 prompts of the trace are longer")));
}

TEST_F(RecordedTest, SpreadsABatchOverTheTimeToTheNext) {
  const milliseconds ms(1);
  EXPECT_THAT(spread({0 * ms, 0 * ms, 0 * ms, 3000 * ms, 3000 * ms, 3600 * ms}),
              ElementsAre(0 * ms, 1000 * ms, 2000 * ms, 3000 * ms, 3300 * ms, 3600 * ms));
}

TEST_F(RecordedTest, SpreadsTheLastBatchAsTheOneBefore) {
  EXPECT_THAT(spread({seconds(0), seconds(4), seconds(4)}),
              ElementsAre(seconds(0), seconds(4), seconds(6)));
  EXPECT_THAT(spread({seconds(1), seconds(1)}), ElementsAre(seconds(1), seconds(1)));
}

/// A trace, its requests, and the share of all prompts that begins like an earlier one.
struct Recording {
  std::filesystem::path file;
  std::size_t requests;
  double shared;
};

std::vector<Recording> recordings() {
  std::vector<Recording> found = {{"workloads/traces/data/conversation.jsonl", 200, 0.4324},
                                  {kFieldTraces / "mooncake_conversation.jsonl", 12'031, 0.3736}};
  std::erase_if(found, [](const Recording& each) { return !std::filesystem::exists(each.file); });
  return found;
}

class RecordingTest : public testing::TestWithParam<Recording> {};
INSTANTIATE_TEST_SUITE_P(, RecordingTest, testing::ValuesIn(recordings()),
                         [](const auto& test) { return test.param.file.stem().string(); });

TEST_P(RecordingTest, IsReadInOrderAndSpread) {
  const auto requests = recorded_requests(GetParam().file, {.spread = true}).requests;
  EXPECT_EQ(requests.size(), GetParam().requests);
  EXPECT_TRUE(std::ranges::is_sorted(requests, {}, &Request::arrival));
  std::uint64_t shared = 0, all = 0;
  for (const Request& request : requests) {
    EXPECT_TRUE(request.prefix_of == kNoRequest || request.prefix_of < request.id);
    shared += request.prefix_tokens;
    all += request.prompt_tokens;
  }
  EXPECT_NEAR(static_cast<double>(shared) / static_cast<double>(all), GetParam().shared, 1e-4);
}

}  // namespace
}  // namespace splitbench
