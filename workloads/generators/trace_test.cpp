#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workloads/generators/request_stream.hpp"
#include "workloads/generators/requests_test.hpp"
#include "workloads/input_error.hpp"
#include "workloads/scratch_folder.hpp"

namespace splitbench {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

WorkloadSpec poisson(std::uint64_t requests, double rate) {
  return {.rate = rate, .context = fixed(8192), .output = fixed(128), .requests = requests};
}

/// A trace of four requests, a second apart, with prompts of 100, 200, 300, 1000 and answers of 10,
/// 20, 30, 40.
class TraceFileTest : public testing::Test {
 protected:
  TraceFileTest() {
    std::ofstream file(path_);
    int at = 5000, output = 10;
    for (const int input : {100, 200, 300, 1000}) {
      file << R"({"timestamp": )" << at << R"(, "input_length": )" << input
           << R"(, "output_length": )" << output << R"(, "hash_ids": []})"
           << "\n";
      at += 1000;
      output += 10;
    }
  }

  std::string refusal(const WorkloadSpec& spec) {
    try {
      make_trace(spec, 1);
    } catch (const InputError& error) {
      return error.what();
    }
    return "was made";
  }

  const ScratchFolder folder_;
  const std::filesystem::path path_ = folder_.file("recorded.jsonl");
  WorkloadSpec spec_{.arrivals = Arrivals::trace, .trace = path_};
};

TEST(TraceTest, NumbersRequestsInOrderOfArrivalWarmUpFirst) {
  WorkloadSpec spec = poisson(3, 100);
  spec.warmup = 2;
  const std::vector<Request> requests = make_trace(spec, 1);
  EXPECT_THAT(each(requests, &Request::id), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_TRUE(std::ranges::is_sorted(requests, {}, &Request::arrival));
  EXPECT_THAT(requests,
              testing::Each(testing::AllOf(testing::Field(&Request::prompt_tokens, 8192),
                                           testing::Field(&Request::output_tokens, 128))));
}

TEST(TraceTest, IsTheSameForASeedAndAnotherForAnother) {
  EXPECT_EQ(make_trace(poisson(100, 10), 7), make_trace(poisson(100, 10), 7));
  EXPECT_NE(make_trace(poisson(100, 10), 7), make_trace(poisson(100, 10), 8));
}

TEST(TraceTest, IsTheSameOnEveryCompiler) {
  EXPECT_THAT(each(make_trace(poisson(4, 1), 1), &Request::arrival),
              ElementsAre(Time(1175946382), Time(1343946910), Time(3542293544), Time(3652507926)));
}

TEST(TraceTest, DrawsPoissonGapsFromTheExponentialDistribution) {
  constexpr int n = 100'000;
  const std::vector<Request> requests = make_trace(poisson(n, 1000), 1);
  Time last{0};
  std::array<int, 3> longer{};  // number of gaps longer than one, two, three mean gaps
  for (const Request& request : requests) {
    for (std::size_t k = 0; k < 3; ++k) longer[k] += request.arrival - last > milliseconds(k + 1);
    last = request.arrival;
  }
  EXPECT_NEAR(std::chrono::duration<double>(last).count(), 100, 1);
  for (std::size_t k = 0; k < 3; ++k)
    EXPECT_NEAR(longer[k], n * std::exp(-static_cast<double>(k + 1)), 5 * std::sqrt(n * 0.25)) << k;
}

TEST(TraceTest, LeavesTheArrivalsOfAClosedLoopToTheDispatcher) {
  const std::vector<Request> requests = make_trace({.arrivals = Arrivals::closed,
                                                    .concurrency = 4,
                                                    .context = fixed(8),
                                                    .output = fixed(2),
                                                    .requests = 9},
                                                   1);
  EXPECT_EQ(requests.size(), 9u);
  EXPECT_THAT(requests, testing::Each(testing::Field(&Request::arrival, Time(0))));
}

TEST_F(TraceFileTest, CountsArrivalsFromTheFirstLine) {
  const std::vector<Request> requests = make_trace(spec_, 1);
  EXPECT_THAT(
      each(requests, &Request::arrival),
      ElementsAre(milliseconds(0), milliseconds(1000), milliseconds(2000), milliseconds(3000)));
  EXPECT_THAT(each(requests, &Request::prompt_tokens), ElementsAre(100, 200, 300, 1000));
  EXPECT_THAT(each(requests, &Request::output_tokens), ElementsAre(10, 20, 30, 40));
}

TEST_F(TraceFileTest, TakesTheFirstLines) {
  spec_.requests = 1;
  spec_.warmup = 2;
  EXPECT_THAT(each(make_trace(spec_, 1), &Request::prompt_tokens), ElementsAre(100, 200, 300));
}

TEST_F(TraceFileTest, ScalesTheRateAndTheLengths) {
  spec_.rate_scale = 4;
  spec_.length_scale = 0.025;
  const std::vector<Request> requests = make_trace(spec_, 1);
  EXPECT_EQ(requests[3].arrival, milliseconds(750));
  EXPECT_THAT(each(requests, &Request::prompt_tokens), ElementsAre(3, 5, 8, 25));
  EXPECT_THAT(each(requests, &Request::output_tokens), ElementsAre(1, 1, 1, 1));
}

TEST_F(TraceFileTest, MovesTheMedianPromptToTheContextAndReplacesTheOutput) {
  spec_.context = fixed(1000);
  spec_.output = fixed(7);
  const std::vector<Request> requests = make_trace(spec_, 1);
  EXPECT_THAT(each(requests, &Request::prompt_tokens), ElementsAre(400, 800, 1200, 4000));
  EXPECT_THAT(each(requests, &Request::output_tokens), ElementsAre(7, 7, 7, 7));
}

TEST_F(TraceFileTest, RefusesATraceThatIsTooShort) {
  spec_.requests = 4;
  spec_.warmup = 1;
  EXPECT_EQ(
      refusal(spec_),
      path_.string() + ": 4 requests, expected at least 5: workload.requests and workload.warmup");
  spec_.requests = 0;
  spec_.warmup = 4;
  EXPECT_EQ(
      refusal(spec_),
      path_.string() + ": 4 requests, expected at least 5: workload.requests and workload.warmup");
}

TEST_F(TraceFileTest, RefusesScalesThatLeaveAllMeasure) {
  spec_.length_scale = 1e6;
  EXPECT_EQ(refusal(spec_),
            "workload.length_scale: makes 200000000 tokens of 200, expected at most 100000000");
  spec_.length_scale = 1;
  spec_.rate_scale = 1e-9;
  EXPECT_EQ(
      refusal(spec_),
      "workload.rate_scale: a request would arrive after more than a year, expected a larger one");
}

}  // namespace
}  // namespace splitbench
