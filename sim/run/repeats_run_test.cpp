#include <cmath>
#include <gtest/gtest.h>

#include "reports/analysis/arm_comparison.hpp"
#include "reports/analysis/summarize.hpp"
#include "reports/json.hpp"
#include "sim/run/example_scenario.hpp"
#include "sim/run/simulate.hpp"

namespace splitbench {
namespace {

constexpr double kServiceSeconds = 0.01, kUtilisation = 0.3;

/// Returns an M/M/1 queue: requests that come by chance wait for a wire that carries one after the
/// other, for as long as their exponential lengths take. Nothing else takes any time.
Scenario queue(std::uint64_t seed) {
  Scenario s = example_scenario();
  s.time = TimeKind::virtual_time;
  s.compute = ComputeKind::none;
  s.hardware.copy = s.hardware.digest = 1e18;
  s.hardware.copy_call = 0;
  s.hardware.rates[{"splitzip", ElementType::bf16}] = {.encode = 1e18, .decode = 1e18};
  s.arms = {Arm::raw};
  s.pipeline.overlap = false;
  s.pipeline.granularity = Granularity::request;
  s.pipeline.verify = Verify::off;
  s.pipeline.staging = 200'000'000;
  s.pipeline.chunk = 64'000'000;
  s.link = {.bandwidth = 1'000'000'000, .latency = Time{0}, .discipline = Discipline::fifo};
  const double mean_tokens =
      kServiceSeconds * 1e9 / 8 / static_cast<double>(s.pipeline.raw_bytes(1));
  s.workload = {.arrivals = Arrivals::poisson,
                .rate = kUtilisation / kServiceSeconds,
                .context = Distribution{.shape = Shape::exponential, .mean = mean_tokens},
                .output = fixed(1),
                .requests = 300,
                .warmup = 20};
  s.repeats = 5;
  s.seed = seed;
  return s;
}

Report report_of(const Scenario& stated) {
  const Load load = draw_load(stated);
  const Scenario scenario = size_memory(stated, load);
  Summarizer summarizer({});
  const Simulation result =
      simulate(scenario, load,
               {.progress = [](const std::string&) {},
                .finished = [&](const RunRecord& run) { summarizer.add(run); }});
  EXPECT_EQ(result.failure, "");
  ReportMeta meta{.scenario = "queue", .time = "virtual", .repeats = 0};
  meta.random = load.random;
  return summarizer.report(meta, {});
}

TEST(RepeatsTest, TheIntervalOfFiveSeedsCoversTheTheoryOfTheQueueAsOftenAsItSays) {
  // The mean wait of M/M/1 is rho / (1 - rho) services.
  const double theory = kUtilisation / (1 - kUtilisation) * kServiceSeconds;
  constexpr int kExperiments = 100;
  int covered = 0;
  for (int experiment = 0; experiment < kExperiments; ++experiment) {
    const Report report = report_of(queue(1000 * static_cast<std::uint64_t>(experiment)));
    const Row& row = report.rows.front();
    ASSERT_EQ(row.repeats.at("ttft_mean").size(), 5);
    const double wait = row.values.at("part_prefill_queue");
    covered += std::abs(wait - theory) <= row.ci95.at("part_prefill_queue");
  }
  EXPECT_GE(covered, 90);
  EXPECT_LE(covered, 99);
}

TEST(RepeatsTest, ArmsThatServeTheSameRequestsHaveLessThanHalfTheNoiseInTheirDifference) {
  Scenario both = queue(1), other = queue(100);
  both.arms = {Arm::raw, Arm::splitzip};
  other.arms = {Arm::splitzip};
  const Report common = report_of(both), independent = report_of(other);
  const Row &raw = common.rows[0], &same = common.rows[1], &another = independent.rows[0];
  const auto half = [](const Row& row) { return row.ci95.at("ttft_mean"); };
  const Estimate paired = difference("ttft_mean", raw, same);
  EXPECT_LT(paired.error, std::hypot(half(raw), half(another)) / 2);
  EXPECT_LT(paired.value + paired.error, 0);
}

TEST(RepeatsTest, RepeatsOfARandomLoadAreRunsOfTheirSeeds) {
  Scenario five = queue(7);
  Row pooled = report_of(five).rows.front();
  for (std::uint32_t repeat = 0; repeat < five.repeats; ++repeat) {
    Scenario one = queue(7 + repeat);
    one.repeats = 1;
    const Row alone = report_of(one).rows.front();
    EXPECT_EQ(alone.values.at("ttft_p50"), pooled.repeats.at("ttft_p50")[repeat]);
  }
  five.seeds = {11, 9, 10, 8, 7};
  pooled.repeats.clear();
  const Row listed = report_of(five).rows.front();
  EXPECT_EQ(listed.values.at("ttft_p50"), pooled.values.at("ttft_p50"));
}

TEST(RepeatsTest, ALoadThatIsNotRandomIsRunOnceInVirtualTime) {
  Scenario s = queue(1);
  s.workload = {.arrivals = Arrivals::closed,
                .concurrency = 2,
                .context = fixed(500),
                .output = fixed(2),
                .requests = 10};
  const Load load = draw_load(s);
  EXPECT_FALSE(load.random);
  EXPECT_EQ(repeats_of(s, load), 1);
  s.time = TimeKind::real;
  EXPECT_EQ(repeats_of(s, load), 5);
  s.time = TimeKind::virtual_time;
  s.link.jitter = Time{1000};
  EXPECT_EQ(repeats_of(s, draw_load(s)), 5);
  EXPECT_EQ(repeats_of(queue(1), draw_load(queue(1))), 5);
}

}  // namespace
}  // namespace splitbench
