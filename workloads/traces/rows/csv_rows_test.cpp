#include <fmt/format.h>
#include <gmock/gmock.h>

#include "workloads/traces/trace_fixture.hpp"
#include "workloads/traces/utc_time.hpp"

namespace splitbench {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr Time kAzureDay = seconds(1'700'158'623);  // 2023-11-16 18:17:03

const std::string kAzure =
    "TIMESTAMP,ContextTokens,GeneratedTokens\n"
    "2023-11-16 18:17:03.9799600,4808,10\n";
const std::string kBurst =
    "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
    "5,3,1.2,GPT-4,472,18,490,Conversation log\n";

class CsvTest : public TraceFixture {
 protected:
  std::string refusal(std::string_view text) const {
    return TraceFixture::refusal("trace.csv", text);
  }
};

TEST_F(CsvTest, ReadsAzure) {
  EXPECT_THAT(read("trace.csv", kAzure + "2023-11-16 18:17:04.0319600,3180,8"),
              ElementsAre(TraceRequest{.timestamp = kAzureDay + microseconds(979'960),
                                       .input_tokens = 4808,
                                       .output_tokens = 10},
                          TraceRequest{.timestamp = kAzureDay + microseconds(1'031'960),
                                       .input_tokens = 3180,
                                       .output_tokens = 8}));
}

TEST_F(CsvTest, ReadsAzureOfLaterYearsWithMoreColumnsOffsetsAndLineEndsOfAnotherSystem) {
  EXPECT_THAT(
      read("trace.csv",
           "TIMESTAMP,NumImages,ContextTokens,GeneratedTokens\r\n"
           "2023-11-16 18:17:03.000009+00:00,0,7,1\r\n"),
      ElementsAre(TraceRequest{
          .timestamp = kAzureDay + microseconds(9), .input_tokens = 7, .output_tokens = 1}));
}

TEST_F(CsvTest, ReadsBurstGpt) {
  EXPECT_THAT(
      read("trace.csv", kBurst),
      ElementsAre(TraceRequest{
          .timestamp = seconds(5), .input_tokens = 472, .output_tokens = 18, .session = "3"}));
}

TEST_F(CsvTest, ReadsOldBurstGptWithoutSessionsAndCountsWhatFailed) {
  const auto trace = open_trace(write("trace.csv",
                                      "Timestamp,Model,Request tokens,Response tokens,Total tokens,"
                                      "Log Type\n"
                                      "5,ChatGPT,472,18,490,Conversation log\n"
                                      "45,ChatGPT,1087,0,1087,API log\n"
                                      "118.5,GPT-4,417,276,693,API log\n"));
  EXPECT_THAT(read_all(*trace),
              ElementsAre(testing::Field(&TraceRequest::timestamp, seconds(5)),
                          testing::Field(&TraceRequest::timestamp, microseconds(118'500'000))));
  EXPECT_EQ(trace->left_out().failed, 1u);
  EXPECT_EQ(trace->left_out().bad, 0u);
}

TEST_F(CsvTest, RefusesLinesThatAreNoRequests) {
  EXPECT_EQ(refusal(kAzure + "2023-11-16 18:17:04,12"),
            "3: 2 columns in \"2023-11-16 18:17:04,12\", expected 3 with commas between them");
  EXPECT_EQ(refusal(kAzure + "yesterday,12,1"),
            "3: TIMESTAMP is \"yesterday\", expected seconds from 0 to 4e9, or a time like "
            "2023-11-16 18:17:03.9799600");
  for (const char* bad :
       {"-5", "nan", "NaN", "1e3", "12.5", "100000001", "", "0x10", "99999999999999999999"})
    EXPECT_EQ(
        refusal(kAzure + "2023-11-16 18:17:04," + bad + ",1"),
        fmt::format("3: ContextTokens is \"{}\", expected an integer from 0 to 100000000", bad));
  for (const char* bad : {"nan", "inf", "-1", "1e10", ""})
    EXPECT_EQ(refusal(kBurst + bad + ",3,1,GPT-4,4,1,5,API log"),
              fmt::format("3: Timestamp is \"{}\", expected seconds from 0 to 4e9, or a time like "
                          "2023-11-16 18:17:03.9799600",
                          bad));
  EXPECT_EQ(refusal(kAzure + "2023-11-16 18:17:04,0,1"),
            "3: ContextTokens is 0, expected an integer from 1 to 100000000");
  std::string many = kAzure;
  for (std::size_t i = 0; i < kRowsAhead; ++i) many += "2023-11-16 18:17:04,12,1\n";
  EXPECT_THAT(refusal(many + "2023-11-16 18:17:02,12,1"),
              HasSubstr("1027: a request at 2023-11-16 18:17:02.000, expected none before the "
                        "2023-11-16 18:17:04.000"));
}

TEST_F(CsvTest, ReadsCsvAsOtherProgramsWriteIt) {
  EXPECT_THAT(read("trace.csv",
                   "\xef\xbb\xbf\"contexttokens\", TIMESTAMP ,note,GENERATEDTOKENS\r\n"
                   "\"4808.0\",\"2023-11-16 18:17:03.9799600\",\"a, \"\"b\"\"\", 10\r\n\r\n"),
              ElementsAre(TraceRequest{.timestamp = kAzureDay + microseconds(979'960),
                                       .input_tokens = 4808,
                                       .output_tokens = 10}));
  EXPECT_THAT(refusal(kAzure + "2023-11-16 18:17:04,\"5,7"),
              HasSubstr("3: a quote that is not closed"));
}

TEST_F(CsvTest, LeavesOutRequestsWithoutAnAnswerAndCountsThem) {
  const auto trace = open_trace(write("trace.csv", kAzure + "2023-11-16 18:17:04,12,0\n"));
  EXPECT_EQ(read_all(*trace).size(), 1u);
  EXPECT_EQ(trace->left_out().failed, 1u);
}

TEST_F(CsvTest, RefusesFilesOfOtherColumns) {
  EXPECT_EQ(refusal("TIMESTAMP;ContextTokens;GeneratedTokens\n"),
            "1: semicolons between the names in \"TIMESTAMP;ContextTokens;GeneratedTokens\", "
            "expected commas between columns, and points in numbers");
  EXPECT_THAT(refusal("TIMESTAMP,ContextTokens\n"), HasSubstr("no column GeneratedTokens"));
  EXPECT_THAT(refusal("Timestamp,Request tokens\n"), HasSubstr("no column Response tokens"));
  EXPECT_THAT(
      refusal("a,b,c\n1,2,3\n"),
      HasSubstr("1: columns \"a\", \"b\", \"c\" of no trace that is known, expected one of azure"));
  EXPECT_EQ(refusal("TIMESTAMP,ContextTokens,GeneratedTokens\n"),
            "2: no request, expected one on each line");
}

TEST(UtcTimeTest, ReadsMomentsInAllTheirForms) {
  for (const char* text : {"2023-11-16 18:17:03", "2023-11-16T18:17:03Z", "2023-11-16 18:17:03.0",
                           "2023-11-16 18:17:03.000000000999+00:00", "2023-11-16 20:47:03+02:30",
                           "2023-11-15 23:17:03.000-19:00"})
    EXPECT_EQ(parse_utc(text), kAzureDay) << text;
  EXPECT_EQ(parse_utc("1970-01-01 00:00:00.000000001"), Time(1));
  EXPECT_EQ(parse_utc("2024-02-29 00:00:00"), seconds(1'709'164'800));
}

TEST(UtcTimeTest, RefusesWhatIsNoMoment) {
  for (const char* text :
       {"", "2023", "2023-11-16", "2023-13-16 18:17:03", "2023-02-29 18:17:03",
        "2023-11-16 24:17:03", "2023-11-16 18:60:03", "2023-11-16 18:17:60", "2023-11-16x18:17:03",
        "2023-11-16 18:17:03 ", "2023-11-16 18:17:03.5x", "1969-12-31 23:59:59",
        "1970-01-01 00:00:00+00:01", "2097-01-01 00:00:00", "2023-1a-16 18:17:03"})
    EXPECT_EQ(parse_utc(text), std::nullopt) << text;
}

}  // namespace
}  // namespace splitbench
