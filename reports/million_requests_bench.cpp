#include <chrono>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <random>
#include <sys/resource.h>

#include "reports/analysis/summarize.hpp"
#include "reports/folder/result_folder.hpp"
#include "reports/testing/example_runs.hpp"
#include "workloads/scratch_folder.hpp"

namespace splitbench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kRequests = 1'000'000;
constexpr int kRepeats = 2;
constexpr std::uint64_t kRequestsOfARun = kRequests / (std::uint64_t{3} * kRepeats) + 1;
constexpr std::uint64_t kTokens = 32;

/// Returns a run as the simulator leaves it: requests of 24 overlapping spans and 31 gaps.
RunRecord long_run(const std::string& arm, int repeat) {
  std::mt19937_64 random(static_cast<std::uint64_t>(repeat));
  std::lognormal_distribution<double> length(3, 1);
  RunRecord run{.arm = arm, .repeat = repeat};
  run.timelines.reserve(kRequestsOfARun);
  run.transfers.reserve(kRequestsOfARun);
  for (std::uint64_t id = 0; id < kRequestsOfARun; ++id) {
    Timeline t = example::timeline(arm, repeat, id, example::ms(length(random)), example::ms(1));
    t.request.output_tokens = kTokens;
    const std::vector<Span> spans = t.spans;
    for (int group = 1; group < 4; ++group)
      for (Span span : spans) {
        span.begin += example::ms(group);
        span.end = std::min(span.end + example::ms(group), t.first_token);
        if (span.begin < span.end) t.spans.push_back(span);
      }
    t.token_gaps.clear();
    for (std::uint64_t token = 1; token < kTokens; ++token)
      t.token_gaps.push_back(example::ms(length(random)));
    t.last_token = t.first_token;
    for (const Time gap : t.token_gaps) t.last_token += gap;
    run.transfers.push_back(example::transfer(t));
    run.timelines.push_back(std::move(t));
  }
  return run;
}

TEST(MillionRequestsBench, AreSummarisedAndWrittenInTenSecondsAndAGibibyte) {
  const ScratchFolder folder;
  Clock::duration took{0};
  const auto timed = [&](auto&& work) {
    const auto begin = Clock::now();
    work();
    took += Clock::now() - begin;
  };

  Summarizer summarizer(example::meta().slo);
  ResultFolder results(folder.file("million"));
  for (int repeat = 0; repeat < kRepeats; ++repeat)
    for (const char* arm : {"raw", "bypass", "splitzip"}) {
      const RunRecord run = long_run(arm, repeat);
      timed([&] {
        summarizer.add(run);
        results.add(run);
      });
    }
  timed([&] { results.finish(summarizer.report(example::meta(), {}), {"", ""}); });

  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double second = std::chrono::duration<double>(took).count();
  const double gib = static_cast<double>(usage.ru_maxrss) / (1 << 20);
  fmt::print("{} requests: {:.1f} s, {:.2f} GiB at most\n",
             std::uint64_t{3} * kRepeats * kRequestsOfARun, second, gib);
  EXPECT_LT(second, 10);
  EXPECT_LT(gib, 1);
}

}  // namespace
}  // namespace splitbench
