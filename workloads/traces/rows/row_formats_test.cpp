#include <gmock/gmock.h>

#include "workloads/traces/trace_fixture.hpp"

namespace splitbench {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

class RowFormatsTest : public TraceFixture {
 protected:
  TraceRequest first(const std::string& name, std::string_view text,
                     const TraceOptions& options = {}) const {
    return read(name, text, options).at(0);
  }
};

TEST_F(RowFormatsTest, SimulatorsAndRecordersAreKnownByTheirOwnColumns) {
  const TraceRequest at_two{.timestamp = seconds(2), .input_tokens = 374, .output_tokens = 44};
  EXPECT_EQ(first("vidur.csv", "arrived_at,num_prefill_tokens,num_decode_tokens\n2.0,374,44\n"),
            at_two);
  EXPECT_EQ(first("splitwise.csv",
                  "request_id,application_id,arrival_timestamp,batch_size,prompt_size,token_size\n"
                  "0,0,2,1,374,44\n"),
            at_two);
  EXPECT_EQ(first("blis.csv",
                  "request_id,client_id,session_id,round_index,input_tokens,output_tokens,"
                  "arrival_time_us\n0,c0,,0,374,44,2000000\n"),
            at_two);
  EXPECT_EQ(first("sim.jsonl",
                  R"({"input_toks": 374, "output_toks": 44, "arrival_time_ns": 2000000000})"),
            at_two);
  EXPECT_EQ(
      first("dynamo.jsonl",
            R"({"event_time_unix_ms": 9000, "request": {"request_id": "r", "output_tokens": 10,)"
            R"( "request_received_ms": 8000, "replay": {"trace_block_size": 64,)"
            R"( "input_length": 128, "input_sequence_hashes": [11, 12]}}})"),
      (TraceRequest{.timestamp = seconds(8),
                    .input_tokens = 128,
                    .output_tokens = 10,
                    .request_id = "r",
                    .block_tokens = 64,
                    .hash_ids = {11, 12}}));
}

TEST_F(RowFormatsTest, OtherRecordersNamesStandForMooncakes) {
  EXPECT_EQ(first("a.jsonl",
                  R"({"created_time": 7, "input_tokens": 9, "output_tokens": 2, "hash_ids": []})"),
            (TraceRequest{.timestamp = milliseconds(7), .input_tokens = 9, .output_tokens = 2}));
  EXPECT_THAT(refusal("a.jsonl", R"({"timestamp": 7, "input_length": 9, "input_tokens": 8,)"
                                 R"( "output_tokens": 2})"),
              HasSubstr("another name of it says 9"));
}

TEST_F(RowFormatsTest, AnyColumnsCanBeNamed) {
  const TraceOptions named{.columns = "arrival=when,input=sizes.in,output=sizes.out,unit=us"};
  EXPECT_EQ(first("a.jsonl", R"({"when": 7, "sizes": {"in": 9, "out": 2}})", named),
            (TraceRequest{.timestamp = microseconds(7), .input_tokens = 9, .output_tokens = 2}));
  EXPECT_EQ(
      first("a.csv", "o,i,t,s\n2,9,7,x\n",
            {.columns = "arrival=t,input=i,output=o,session=s,unit=ms"}),
      (TraceRequest{
          .timestamp = milliseconds(7), .input_tokens = 9, .output_tokens = 2, .session = "x"}));
}

TEST_F(RowFormatsTest, ColumnsThatAreNamedWrongAreRefused) {
  const auto said = [this](const std::string& columns) {
    try {
      read("a.csv", "t,i,o\n1,2,3\n", {.columns = columns});
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("was read");
  };
  EXPECT_THAT(said("arrival=t,input=i,output=o"), HasSubstr("no unit of the times"));
  EXPECT_THAT(said("arrival=t,unit=s"), HasSubstr("no input"));
  EXPECT_THAT(said("arrival=t,input=i,unit=h"), HasSubstr("no unit 'h'"));
  EXPECT_THAT(said("when=t,input=i,unit=s"), HasSubstr("nothing is called 'when'"));
  EXPECT_THAT(said("arrival=t,arrival=i,unit=s"), HasSubstr("'arrival' twice"));
  EXPECT_THAT(said("arrival=nowhere,input=i,output=o,unit=s"), HasSubstr("no column nowhere"));
}

TEST_F(RowFormatsTest, WhatIsNoTraceIsRefusedWithTheWayOut) {
  EXPECT_THAT(refusal("a.jsonl", R"({"timestamp": 0, "text_input": "hi", "output_length": 2})"),
              HasSubstr("tokenizer"));
  EXPECT_THAT(refusal("a.json", R"([{"id": "x", "conversations": []}])"), HasSubstr("ShareGPT"));
  EXPECT_THAT(refusal("a.csv", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
              HasSubstr("a Git LFS pointer"));
  EXPECT_THAT(refusal("a.jsonl", R"({"a": 1, "b": 2})"),
              HasSubstr("an object with \"a\", \"b\" of no trace that is known, expected one of"));
}

TEST_F(RowFormatsTest, AnUnitThatIsGivenCountsAndSecondsReadAsMillisecondsAreTold) {
  std::string text;
  for (const char* at : {"0.0", "0.2", "0.4"})
    text += R"({"timestamp": )" + std::string(at) + R"(, "input_length": 4, "output_length": 8})" +
            "\n";
  EXPECT_EQ(read("a.jsonl", text, {.unit = TraceUnit::s})[1].timestamp, milliseconds(200));
  const auto trace = open_trace(write("a.jsonl", text));
  read_all(*trace);
  EXPECT_THAT(trace->remarks(), ElementsAre(HasSubstr("--time-unit s")));
}

TEST_F(RowFormatsTest, AFormatOfColumnsNeedsTheirNames) {
  EXPECT_THAT(refusal("a.csv", "t,i,o\n1,2,3\n", {.format = TraceFormat::columns}),
              HasSubstr("--column"));
}

TEST_F(RowFormatsTest, AnArrayEndsAndNothingIsBehindIt) {
  const std::string row = R"({"timestamp": 0, "input_length": 9, "output_length": 2})";
  EXPECT_EQ(read("a.json", "[" + row + ",\n" + row + "]\n").size(), 2u);
  EXPECT_THAT(refusal("a.json", "[" + row), HasSubstr("the end of the file within a JSON array"));
  EXPECT_THAT(refusal("a.json", "[" + row + "]\n[" + row + "]"),
              HasSubstr("2: more behind the end of a JSON array"));
}

TEST_F(RowFormatsTest, BytesThatAreNoTextAreSaidToBeNone) {
  EXPECT_THAT(refusal("a.csv", std::string("\xff\xfe{\0", 4)), HasSubstr("no UTF-8 text"));
  EXPECT_THAT(refusal("a.csv", "t\ti\to\n"), HasSubstr("tabs between the names"));
}

TEST_F(RowFormatsTest, IdsAreIdentitiesOfAnyKind) {
  const auto rows = read(
      "a.jsonl",
      R"({"timestamp": 0, "input_length": 2048, "output_length": 8, "hash_ids": [-1, "9f3c", 1237940039285380274899124227, 1234567890123456789]})"
      "\n"
      R"({"timestamp": 0, "input_length": 2048, "output_length": 8, "hash_ids": [-1, "9f3d", 1237940039285380274899124228, 5]})");
  EXPECT_EQ(rows[0].hash_ids[0], rows[1].hash_ids[0]);
  EXPECT_NE(rows[0].hash_ids[1], rows[1].hash_ids[1]);
  EXPECT_NE(rows[0].hash_ids[2], rows[1].hash_ids[2]);
  EXPECT_EQ(rows[0].hash_ids[3], 1234567890123456789u) << "one that fits stays as it is";
}

}  // namespace
}  // namespace splitbench
