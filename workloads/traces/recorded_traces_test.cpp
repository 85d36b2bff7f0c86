#include <cmath>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <optional>

#include "workloads/files.hpp"
#include "workloads/scratch_folder.hpp"
#include "workloads/traces/trace_fixture.hpp"
#include "workloads/traces/trace_statistics.hpp"
#include "workloads/traces/trace_writer.hpp"

namespace splitbench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Matches a number that is equal when rounded to three digits.
MATCHER_P(ToThreeDigits, expected, "") {
  const auto rounded = [](double x) { return fmt::format("{:.2e}", x); };
  *result_listener << arg;
  return rounded(arg) == rounded(static_cast<double>(expected));
}

/// Expected figures of a trace, which a program of another language has counted.
struct Recorded {
  std::filesystem::path file;
  std::uint64_t requests;
  Quantiles input, output;
  double duration;  ///< seconds
  std::optional<double> arrival_cv{};
  std::optional<double> hit_rate{}, block_hit_rate{};
  std::optional<Quantiles> uncached{};
};

const std::filesystem::path kOwn = "workloads/traces/data";

/// Traces of the project, and those that were recorded in the field where they are at hand.
std::vector<Recorded> recorded_traces() {
  std::vector<Recorded> traces = {
      {.file = kOwn / "conversation.jsonl",
       .requests = 200,
       .input = {8'839.8, 6'831.5, 18'969, 41'583, 45'081},
       .output = {292, 199.5, 627.3, 1'165.2, 2'507},
       .duration = 41.47,
       .hit_rate = 0.4324,
       .block_hit_rate = 0.4206,
       .uncached = Quantiles{5'017.7, 2'909, 11'593.6, 25'755.7, 39'573}},
      {.file = kOwn / "code.csv",
       .requests = 150,
       .input = {3'720, 3'689, 6'584, 7'273, 7'426},
       .output = {31.8, 22, 65.1, 192, 215},
       .duration = 1'485.3,
       .arrival_cv = 1.257},
      {.file = kFieldTraces / "mooncake_conversation.jsonl",
       .requests = 12'031,
       .input = {12'035, 6'909, 27'367, 85'400, 126'195},
       .output = {343, 350, 597, 1'119, 2'000},
       .duration = 3'537,
       .hit_rate = 0.374,
       .block_hit_rate = 0.366,
       .uncached = Quantiles{7'539, 2'470, 19'012, 71'888, 126'195}},
      {.file = kFieldTraces / "AzureLLMInferenceTrace_code.csv",
       .requests = 8'819,
       .input = {2'048, 1'469, 5'188, 7'436, 7'437},
       .output = {27.9, 13, 55, 251, 1'899},
       .duration = 3'436,
       .arrival_cv = 13.2},
  };
  std::erase_if(traces, [](const Recorded& trace) { return !std::filesystem::exists(trace.file); });
  return traces;
}

class RecordedTraceTest : public testing::TestWithParam<Recorded> {
 protected:
  static TraceStatistics statistics() {
    TraceSummary summary;
    const auto trace = open_trace(GetParam().file);
    for (TraceRequest request; trace->next(request);) summary.add(request);
    return summary.statistics();
  }

  static void expect(const Quantiles& found, const Quantiles& counted) {
    EXPECT_THAT(found.mean, ToThreeDigits(counted.mean));
    EXPECT_THAT(found.p50, ToThreeDigits(counted.p50));
    EXPECT_THAT(found.p90, ToThreeDigits(counted.p90));
    EXPECT_THAT(found.p99, ToThreeDigits(counted.p99));
  }
};

INSTANTIATE_TEST_SUITE_P(, RecordedTraceTest, testing::ValuesIn(recorded_traces()),
                         [](const auto& test) { return test.param.file.stem().string(); });

TEST_P(RecordedTraceTest, HasTheFiguresThatWereCounted) {
  const Recorded& counted = GetParam();
  const TraceStatistics found = statistics();
  EXPECT_EQ(found.requests, counted.requests);
  expect(found.input, counted.input);
  expect(found.output, counted.output);
  EXPECT_EQ(found.input.max, counted.input.max);
  EXPECT_THAT(found.duration, ToThreeDigits(counted.duration));
  EXPECT_THAT(found.rate, ToThreeDigits(static_cast<double>(counted.requests) / counted.duration));
  if (counted.arrival_cv) {
    EXPECT_THAT(found.arrival_cv, ToThreeDigits(*counted.arrival_cv));
  }
  ASSERT_EQ(found.prefixes.has_value(), counted.uncached.has_value());
  if (!found.prefixes) return;
  EXPECT_THAT(found.prefixes->hit_rate, ToThreeDigits(*counted.hit_rate));
  EXPECT_THAT(found.prefixes->block_hit_rate, ToThreeDigits(*counted.block_hit_rate));
  expect(found.prefixes->uncached, *counted.uncached);
}

TEST_P(RecordedTraceTest, ComesBackByteByByteFromOurFormat) {
  if (GetParam().file.extension() != ".jsonl") return;
  const std::vector<TraceRequest> requests = read_all(*open_trace(GetParam().file));
  std::string ours, mooncake;
  for (const TraceRequest& request : requests) append_ours(request, ours);
  const ScratchFolder folder;
  const std::filesystem::path copy = folder.file("ours.jsonl");
  write_file(copy, ours);
  const std::vector<TraceRequest> again = read_all(*open_trace(copy));
  EXPECT_EQ(again, requests);
  for (const TraceRequest& request : again) append_mooncake(request, mooncake);
  EXPECT_TRUE(mooncake == read_text(GetParam().file, "a trace", 1 << 30));
}

/// Sessions of coding agents, 441 MB unpacked: seconds. Only where the archive is at hand.
class RecordedSessionsTest : public testing::TestWithParam<std::filesystem::path> {};

std::vector<std::filesystem::path> session_archives() {
  std::vector<std::filesystem::path> archives = {kFieldTraces / "agentic_sessions.tar.xz"};
  std::erase_if(archives, [](const auto& file) { return !std::filesystem::exists(file); });
  return archives;
}
INSTANTIATE_TEST_SUITE_P(, RecordedSessionsTest, testing::ValuesIn(session_archives()));
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RecordedSessionsTest);

TEST_P(RecordedSessionsTest, HaveTheFiguresThatWereCounted) {
  TraceSummary summary;
  const auto trace = open_trace(GetParam());
  for (TraceRequest request; trace->next(request);) summary.add(request);
  const TraceStatistics found = summary.statistics();
  EXPECT_EQ(found.requests, 49'334u);
  EXPECT_THAT(found.input.p50, ToThreeDigits(103'659));
  EXPECT_THAT(found.input.p99, ToThreeDigits(498'519));
  EXPECT_EQ(found.input.max, 894'371);
  EXPECT_THAT(found.output.p90, ToThreeDigits(898));
  EXPECT_THAT(found.prefixes->hit_rate, ToThreeDigits(0.963));
  EXPECT_THAT(found.prefixes->uncached.p50, ToThreeDigits(727));
  EXPECT_THAT(found.prefixes->uncached.p99, ToThreeDigits(94'290));
  EXPECT_EQ(found.sessions->count, 710u);
  EXPECT_THAT(found.sessions->turns.mean, ToThreeDigits(69.5));
  EXPECT_EQ(std::round(found.sessions->turns.p50), 46);
  EXPECT_THAT(found.sessions->turns.p90, ToThreeDigits(157));
  EXPECT_EQ(found.sessions->turns.max, 561);
  EXPECT_THAT(found.sessions->think.p50, ToThreeDigits(10));
}

}  // namespace
}  // namespace splitbench
