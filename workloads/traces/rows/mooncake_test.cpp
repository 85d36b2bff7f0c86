#include <gmock/gmock.h>

#include "workloads/traces/trace_fixture.hpp"

namespace splitbench {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::string_view kFirst =
    R"({"timestamp": 0, "input_length": 6758, "output_length": 500, "hash_ids": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]})"
    "\n";
constexpr std::string_view kSecond =
    R"({"timestamp": 3000, "input_length": 7322, "output_length": 490, "hash_ids": []})"
    "\n";

class MooncakeTest : public TraceFixture {
 protected:
  std::vector<TraceRequest> read(std::string_view text) const {
    return TraceFixture::read("trace.jsonl", text);
  }
  std::string refusal(std::string_view text) const {
    return TraceFixture::refusal("trace.jsonl", text);
  }
  /// Returns the refusal of a second line.
  std::string refusal_of_line(std::string_view line) const {
    return refusal(std::string(kFirst) + std::string(line) + "\n" + std::string(kSecond));
  }
};

TEST_F(MooncakeTest, ReadsEachLineAsARequest) {
  EXPECT_THAT(
      read(std::string(kFirst) + std::string(kSecond)),
      testing::ElementsAre(
          TraceRequest{.timestamp = milliseconds(0),
                       .input_tokens = 6758,
                       .output_tokens = 500,
                       .block_tokens = 512,
                       .hash_ids = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}},
          TraceRequest{
              .timestamp = milliseconds(3000), .input_tokens = 7322, .output_tokens = 490}));
}

TEST_F(MooncakeTest, ReadsTheSessionAndAgenticExtensions) {
  EXPECT_THAT(read(R"({"timestamp": 5, "input_length": 1, "output_length": 2, "hash_ids": [], )"
                   R"("session_id": "s", "request_id": "a"})"
                   "\n"
                   R"({"timestamp": 2, "input_length": 1, "output_length": 2, "hash_ids": [], )"
                   R"("session_id": 7, "request_id": "b", "wait_for": ["a"], "delay": 1.5, )"
                   R"("tool_wait_ms": 2, "prefix_reset": true})"),
              testing::ElementsAre(testing::AllOf(testing::Field(&TraceRequest::session, "s"),
                                                  testing::Field(&TraceRequest::request_id, "a")),
                                   TraceRequest{.timestamp = milliseconds(2),
                                                .input_tokens = 1,
                                                .output_tokens = 2,
                                                .session = "7",
                                                .request_id = "b",
                                                .wait_for = {"a"},
                                                .delay = microseconds(3500),
                                                .prefix_reset = true}));
}

TEST_F(MooncakeTest, TakesFractionsOfAMillisecondForeignKeysAndALastLineWithoutItsEnd) {
  EXPECT_THAT(read(R"({"priority": [{}], "hash_ids": [], "timestamp": 1.5, )"
                   R"("input_length": 1, "output_length": 2})"),
              testing::ElementsAre(TraceRequest{
                  .timestamp = microseconds(1500), .input_tokens = 1, .output_tokens = 2}));
}

TEST_F(MooncakeTest, RefusesWhatIsNoObject) {
  EXPECT_EQ(
      refusal(std::string(kFirst) + std::string(kSecond) + "null\n"),
      "3: null, expected one JSON object with timestamp, input_length, output_length, hash_ids");
}

TEST_F(MooncakeTest, RefusesALineThatWasCut) {
  EXPECT_EQ(
      refusal_of_line(R"({"timestamp": 27000, "input_len)"),
      "2: the JSON ends after 31 bytes, expected one JSON object with timestamp, input_length, "
      "output_length, hash_ids");
}

TEST_F(MooncakeTest, PassesBlankLinesAndCountsThem) {
  EXPECT_EQ(read(std::string(kFirst) + "\n \t\r\n" + std::string(kSecond) + "\n").size(), 2u);
  EXPECT_EQ(refusal(std::string(kFirst) + "\n \t\nnull\n"),
            "4: null, expected one JSON object with timestamp, input_length, output_length, "
            "hash_ids");
}

TEST_F(MooncakeTest, PointsAtTheByteOfBrokenJson) {
  EXPECT_EQ(refusal_of_line(R"({"timestamp": 27000; "input_length": 5})"),
            "2: broken JSON at byte 20, expected one JSON object with timestamp, input_length, "
            "output_length, hash_ids");
}

TEST_F(MooncakeTest, RefusesLengthsThatAreNoCountOfTokens) {
  const auto with_input = [this](std::string_view input) {
    return refusal_of_line(R"({"timestamp": 1, "input_length": )" + std::string(input) +
                           R"(, "output_length": 9, "hash_ids": []})");
  };
  EXPECT_EQ(with_input("-5"), "2: input_length is -5, expected an integer from 0 to 100000000");
  EXPECT_EQ(with_input("0"), "2: input_length is 0, expected an integer from 1 to 100000000");
  EXPECT_EQ(with_input("12.5"), "2: input_length is 12.5, expected an integer from 0 to 100000000");
  EXPECT_EQ(with_input("100000001"),
            "2: input_length is 100000001, expected an integer from 0 to 100000000");
  EXPECT_EQ(with_input("99999999999999999999"),
            "2: input_length is \"99999999999999999999\", expected an integer from 0 to 100000000");
  EXPECT_EQ(with_input("1e999"),
            "2: a number too large for a double, expected one JSON object with timestamp, "
            "input_length, output_length, hash_ids");
  EXPECT_EQ(with_input("\"6758\""),
            "2: input_length is \"6758\", expected an integer from 0 to 100000000");
  EXPECT_EQ(with_input("\"a text that is much too long to be shown in full\""),
            "2: input_length is \"a text that is much too long to be show..., "
            "expected an integer from 0 to 100000000");
  EXPECT_EQ(with_input("[9]"),
            "2: input_length is an array, expected an integer from 0 to 100000000");
}

TEST_F(MooncakeTest, NamesTheKeyThatIsMissing) {
  EXPECT_EQ(refusal_of_line(R"({"input_length": 9, "output_length": 9, "hash_ids": []})"),
            "2: timestamp is missing, expected milliseconds from 0 to 4e12, or a session whose "
            "turns follow one another");
  EXPECT_EQ(refusal_of_line(R"({"timestamp": 1, "output_length": 9, "hash_ids": []})"),
            "2: input_length is missing, expected an integer from 1 to 100000000");
  EXPECT_EQ(refusal_of_line(R"({"timestamp": 1, "input_length": 9, "hash_ids": []})"),
            "2: output_length is missing, expected an integer from 1 to 100000000; "
            "--output-tokens (in a scenario workload.output) says how many, where rows do not");
}

TEST_F(MooncakeTest, IdsAreOptionalAndSoAreOutputsThatTheUserGives) {
  EXPECT_THAT(
      TraceFixture::read("trace.jsonl",
                         R"({"timestamp": 1, "input_length": 9, "hash_ids": null})"
                         "\n"
                         R"({"timestamp": 2, "input_length": 9.0, "output_length": 3})",
                         {.output_tokens = 7}),
      testing::ElementsAre(
          TraceRequest{.timestamp = milliseconds(1), .input_tokens = 9, .output_tokens = 7},
          TraceRequest{.timestamp = milliseconds(2), .input_tokens = 9, .output_tokens = 3}));
}

TEST_F(MooncakeTest, CountsRequestsWithoutAnAnswerAsFailed) {
  const auto trace = open_trace(
      write("trace.jsonl",
            std::string(kFirst) + R"({"timestamp": 1, "input_length": 9, "output_length": 0})"));
  EXPECT_EQ(read_all(*trace).size(), 1u);
  EXPECT_EQ(trace->left_out().failed, 1u);
}

TEST_F(MooncakeTest, SortsRowsThatAreAFewOutOfPlace) {
  EXPECT_THAT(read(std::string(kSecond) + std::string(kFirst)),
              testing::ElementsAre(testing::Field(&TraceRequest::input_tokens, 6758),
                                   testing::Field(&TraceRequest::input_tokens, 7322)));
}

TEST_F(MooncakeTest, RefusesTimesThatGoBackwardsTooFarOrAreNone) {
  std::string many;
  for (std::size_t i = 0; i < kRowsAhead + 1; ++i) many += kSecond;
  EXPECT_EQ(refusal(many + std::string(kFirst)),
            "1026: a request at 0 ms, expected none before the 3000 ms of one that came earlier; "
            "rows may be 1023 out of place, so sort the file by its times");
  EXPECT_EQ(refusal_of_line(
                R"({"timestamp": -1, "input_length": 9, "output_length": 9, "hash_ids": []})"),
            "2: timestamp is -1, expected milliseconds from 0 to 4e12");
  EXPECT_EQ(refusal_of_line(R"({"timestamp": 1760428258635837, "input_length": 9})"),
            "2: timestamp is 1760428258635837, expected milliseconds from 0 to 4e12");
}

TEST_F(MooncakeTest, RefusesHashIdsThatAreNoBlocks) {
  EXPECT_EQ(
      refusal_of_line(
          R"({"timestamp": 1, "input_length": 513, "output_length": 9, "hash_ids": [1, 2.5]})"),
      "2: hash_ids[1] is 2.5, expected an array of ids: integers or texts");
  EXPECT_EQ(
      refusal_of_line(R"({"timestamp": 1, "input_length": 9, "output_length": 9, "hash_ids": 5})"),
      "2: hash_ids is 5, expected an array of ids: integers or texts");
}

TEST_F(MooncakeTest, RefusesDeepNestingWithoutFallingIntoIt) {
  EXPECT_EQ(refusal_of_line(std::string(200'000, '[') + std::string(200'000, ']')),
            "2: JSON nested more than 64 deep, expected one JSON object with timestamp, "
            "input_length, output_length, hash_ids");
}

TEST_F(MooncakeTest, RefusesALineWithoutAnEnd) {
  EXPECT_EQ(refusal(std::string(kFirst).append(70'000'000, 'x')),
            "2: a line of 67108864 bytes or more, expected one request a line");
}

TEST_F(MooncakeTest, RefusesAnEmptyFile) {
  EXPECT_EQ(refusal(""), "1: an empty file, expected a trace with one request a line");
}

TEST_F(MooncakeTest, RefusesWhatIsNoFile) {
  const auto refusal_of = [](const std::filesystem::path& path,
                             const TraceOptions& options = {}) -> std::string {
    try {
      open_trace(path, options);
    } catch (const InputError& error) {
      return error.what();
    }
    return "was opened";
  };
  EXPECT_EQ(refusal_of("no/such/trace.jsonl"),
            "no/such/trace.jsonl: no such file, expected a trace");
  EXPECT_EQ(refusal_of("workloads", {.format = TraceFormat::mooncake}),
            "workloads: a folder, expected one file, or files of sessions that end in .json");
}

TEST_F(MooncakeTest, RefusesIdsThatComeTwiceAndThoseThatNeverCame) {
  const auto line = [](std::string_view more) {
    return R"({"timestamp": 1, "input_length": 9, "output_length": 9, "hash_ids": [], )" +
           std::string(more) + "}\n";
  };
  EXPECT_EQ(refusal(line(R"("request_id": "a")") + line(R"("request_id": "a")")),
            "2: request_id is \"a\" once more, expected one request for each id");
  EXPECT_EQ(refusal(line(R"("request_id": "a", "wait_for": ["a"])")),
            "1: wait_for names \"a\", expected the request_id of an earlier line");
  EXPECT_EQ(refusal(line(R"("wait_for": [[]])")), "1: wait_for is an array, expected a string");
}

TEST_F(MooncakeTest, SkipsAndCountsBadRowsIfAsked) {
  const std::string text = (std::string(kFirst) + "null\n").append(70'000'000, 'x') + "\n" +
                           std::string(kSecond) + "7\n{";
  const auto trace = open_trace(write("trace.jsonl", text), {.bad_rows = BadRows::skip});
  EXPECT_EQ(read_all(*trace).size(), 2u);
  EXPECT_EQ(trace->left_out().bad, 4u);
  EXPECT_THAT(trace->left_out().first_bad, testing::HasSubstr("trace.jsonl:2: null, expected"));
}

TEST_F(MooncakeTest, IsNoTraceIfEveryLineIsBad) {
  EXPECT_EQ(TraceFixture::refusal("trace.jsonl", "{ \"a\"\n{\n", {.bad_rows = BadRows::skip}),
            "1: the JSON ends after 5 bytes, expected one JSON object of a request, with its time "
            "and lengths; none of the lines is a request");
}

}  // namespace
}  // namespace splitbench
