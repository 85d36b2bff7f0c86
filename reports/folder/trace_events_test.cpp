#include "reports/folder/trace_events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "reports/testing/example_runs.hpp"

namespace splitbench {
namespace {

using example::ms;
using testing::ElementsAre;
using Json = nlohmann::json;

class TraceEventsTest : public testing::Test {
 protected:
  Json trace(std::size_t max_events = kMaxTraceEvents) const {
    return Json::parse(to_trace_events(example::meta(), runs_, 0, max_events));
  }

  static std::vector<Json> with_phase(const Json& trace, const std::string& phase) {
    std::vector<Json> events;
    for (const Json& event : trace["traceEvents"])
      if (event["ph"] == phase) events.push_back(event);
    return events;
  }

  static std::vector<std::string> thread_names(const Json& trace, int pid) {
    std::vector<std::string> names;
    for (const Json& event : with_phase(trace, "M"))
      if (event["name"] == "thread_name" && event["pid"] == pid)
        names.push_back(event["args"]["name"]);
    return names;
  }

  std::vector<RunRecord> runs_ = example::runs();
};

TEST_F(TraceEventsTest, IsAProcessAnArmAndAThreadAStageOfAWorker) {
  for (RunRecord& run : runs_)
    for (Timeline& t : run.timelines) t.prefill_worker = t.decode_worker = 0;
  EXPECT_THAT(
      thread_names(trace(), 1),
      ElementsAre("prefill 0: prefill_compute", "prefill 0: xfer_prep", "prefill 0: xfer_wire",
                  "decode 0: kv_install", "decode 0: first_decode_step"));
  EXPECT_THAT(
      thread_names(trace(), 3),
      ElementsAre("prefill 0: prefill_compute", "prefill 0: encode", "prefill 0: xfer_wire",
                  "decode 0: kv_install", "decode 0: decode_codec", "decode 0: first_decode_step"));
}

TEST_F(TraceEventsTest, DrawsEverySpanOfTheFirstRepeatAtItsTime) {
  const auto drawn = with_phase(trace(), "X");
  std::size_t spans = 0;
  for (std::size_t arm = 0; arm < 3; ++arm)
    for (const Timeline& t : runs_[arm].timelines) spans += t.warmup ? 0 : t.spans.size();
  EXPECT_EQ(drawn.size(), spans);

  const Span& span = runs_[0].timelines[1].spans[0];
  EXPECT_EQ(drawn[0]["name"], "prefill_compute");
  EXPECT_EQ(drawn[0]["ts"].get<double>(), static_cast<double>(span.begin.count()) / 1e3);
  EXPECT_EQ(drawn[0]["dur"], 80'000);
  EXPECT_EQ(drawn[0]["args"], Json({{"request", 1}, {"transfer", 1}}));
}

TEST_F(TraceEventsTest, KeepsNanoseconds) {
  runs_.resize(1);
  runs_[0].timelines[1].spans = {{Stage::encode, Time(1'234'567'890'123), Time(1'234'567'890'124)}};
  EXPECT_THAT(to_trace_events(example::meta(), runs_),
              testing::HasSubstr(R"("ts":1234567890.123,"dur":0.001)"));
}

TEST_F(TraceEventsTest, TellsOfEachRequestAndTransferWithItsBytes) {
  const Json begun = with_phase(trace(), "b");
  EXPECT_EQ(begun.size(), 60u);
  EXPECT_EQ(with_phase(trace(), "e").size(), 60u);
  EXPECT_EQ(with_phase(trace(), "n").size(), 30u);
  EXPECT_EQ(begun[0]["cat"], "request");
  EXPECT_EQ(begun[0]["ts"], 1e6);
  EXPECT_EQ(begun[0]["args"]["raw_bytes"], 1'600'000);
  EXPECT_EQ(begun[10]["cat"], "transfer");
  EXPECT_EQ(begun[10]["args"]["requests"], Json({1}));
}

TEST_F(TraceEventsTest, DrawsTheTransferOfABatchOnceAndAStepThatWasSharedOnce) {
  runs_.resize(1);
  Timeline& first = runs_[0].timelines[1];
  Timeline& second = runs_[0].timelines[2];
  second.spans = first.spans;
  second.transfer = first.transfer;
  runs_[0].timelines.resize(3);

  const auto drawn = with_phase(trace(), "X");
  EXPECT_EQ(drawn.size(), first.spans.size());
  EXPECT_EQ(drawn.back()["name"], "first_decode_step");
  EXPECT_EQ(drawn.back()["args"]["requests"], Json({1, 2}));
}

TEST_F(TraceEventsTest, GivesSpansThatOverlapThreadsOfTheirOwn) {
  runs_.resize(1);
  runs_[0].timelines.resize(2);
  Timeline& t = runs_[0].timelines[1];
  const auto wire = [](double begin, double end) {
    return Span{Stage::xfer_wire, ms(begin), ms(end)};
  };
  t.spans = {wire(0, 11), wire(10, 21), wire(20, 31), wire(31, 40)};
  EXPECT_THAT(thread_names(trace(), 1),
              ElementsAre("prefill -1: xfer_wire", "prefill -1: xfer_wire (2)"));
  std::vector<int> threads;
  for (const Json& event : with_phase(trace(), "X")) threads.push_back(event["tid"]);
  EXPECT_THAT(threads, ElementsAre(1, 2, 1, 1));
}

TEST_F(TraceEventsTest, LeavesOutWaitingWarmUpAndWhatIsNotOk) {
  runs_.resize(1);
  for (Timeline& t : runs_[0].timelines) t.spans.push_back({Stage::xfer_queue, ms(1), ms(2)});
  runs_[0].timelines[1].status = Status::failed;
  std::set<std::uint64_t> requests;
  for (const Json& event : with_phase(trace(), "X")) {
    EXPECT_NE(event["name"], "xfer_queue");
    requests.insert(event["args"]["request"].get<std::uint64_t>());
  }
  EXPECT_THAT(requests, ElementsAre(2, 3, 4, 5, 6, 7, 8, 9, 10));
}

TEST_F(TraceEventsTest, StopsBetweenRequestsWhereItWouldBecomeTooLong) {
  const Json whole = trace();
  EXPECT_EQ(whole["otherData"]["complete"], true);
  const Json part = trace(100);
  EXPECT_EQ(part["otherData"]["complete"], false);
  EXPECT_EQ(part["otherData"]["requests_drawn"], 9);
  EXPECT_EQ(part["otherData"]["requests_left_out"], 21);
  EXPECT_EQ(with_phase(part, "n").size(), 9u);

  std::map<int, std::set<std::uint64_t>> requests;  // requests by arm
  for (const Json& event : with_phase(part, "X"))
    requests[event["pid"]].insert(event["args"]["request"].get<std::uint64_t>());
  EXPECT_EQ(requests[1], requests[3]);
  EXPECT_LE(part["traceEvents"].size() - with_phase(part, "M").size(), 100u);
}

TEST_F(TraceEventsTest, IsTheSameTextForTheSameRuns) {
  EXPECT_EQ(to_trace_events(example::meta(), runs_),
            to_trace_events(example::meta(), example::runs()));
}

}  // namespace
}  // namespace splitbench
