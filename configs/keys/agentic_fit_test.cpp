#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "configs/reader/config_test.hpp"
#include "workloads/generators/request_stream.hpp"

namespace splitbench {
namespace {

struct Samples {
  std::vector<double> context, first_context, output, uncached, uncached_later, think_time, turns;
  double cached = 0,
         broken = 0;  // tokens; later requests with under half of their prompt cached
};

/// Samples sessions one after the other, so that only the last is cut short.
Samples sample(WorkloadSpec spec) {
  spec.arrivals = Arrivals::closed;
  spec.concurrency = 1;
  spec.think_time = fixed(1e9);
  spec.requests = 200'000;
  Samples samples;
  std::map<std::string, double> turns;  // turns by session, its sub-agents' included
  std::set<std::string> known;          // sessions, and each sub-agent separately
  const auto stream = open_workload(spec, 1);
  for (Request r; stream->next(r);) {
    const auto prompt = static_cast<double>(r.prompt_tokens);
    const auto cached = static_cast<double>(r.prefix_tokens);
    const bool first = turns[r.session.substr(0, r.session.find('.'))]++ == 0;
    const bool later = !known.insert(r.session).second;
    samples.context.push_back(prompt);
    samples.output.push_back(static_cast<double>(r.output_tokens));
    samples.uncached.push_back(prompt - cached);
    samples.cached += cached;
    if (first) samples.first_context.push_back(prompt);
    if (!later) continue;
    samples.uncached_later.push_back(prompt - cached);
    samples.think_time.push_back(seconds(r.delay));
    samples.broken += cached < prompt / 2;
  }
  for (const auto& [name, count] : turns) samples.turns.push_back(count);
  return samples;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double percentile(std::vector<double> values, double level) {
  const auto rank =
      static_cast<std::size_t>(std::lround(level * static_cast<double>(values.size() - 1)));
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(rank));
  return values[rank];
}

class AgenticFitTest : public ConfigTest {
 protected:
  static void expect_near(const char* what, double synthetic, double real, double tolerance) {
    EXPECT_NEAR(synthetic / real, 1, tolerance) << what << ' ' << synthetic << " against " << real;
  }
};

/// Compares the figures of 710 recorded sessions, measured on their files by other means, with
/// those of the preset. The table in presets.hpp shows these figures.
TEST_F(AgenticFitTest, ThePresetIsAsNearToTheRealSessionsAsItSays) {
  const Scenario scenario = load(
      "model: qwen3-32b\nlink: {bandwidth: 1 Gbit/s}\n"
      "workload: {preset: agentic, rate: 1 /s, requests: 1}\n");
  const Samples s = sample(scenario.workload);
  double total = 0;
  for (const double context : s.context) total += context;
  expect_near("context mean", mean(s.context), 122'379, 0.1);
  expect_near("context p50", percentile(s.context, 0.5), 103'659, 0.1);
  expect_near("context p90", percentile(s.context, 0.9), 233'633, 0.2);
  expect_near("context p99", percentile(s.context, 0.99), 498'519, 0.25);
  expect_near("first context p50", percentile(s.first_context, 0.5), 24'454, 0.05);
  expect_near("first context p90", percentile(s.first_context, 0.9), 258'903, 0.05);
  expect_near("output mean", mean(s.output), 440, 0.1);
  expect_near("output p50", percentile(s.output, 0.5), 216, 0.05);
  expect_near("output p90", percentile(s.output, 0.9), 898, 0.05);
  expect_near("output p99", percentile(s.output, 0.99), 3'686, 0.05);
  expect_near("uncached mean", mean(s.uncached), 4'509, 0.1);
  expect_near("uncached p50", percentile(s.uncached, 0.5), 727, 0.05);
  expect_near("uncached p90", percentile(s.uncached, 0.9), 4'804, 0.05);
  expect_near("uncached p99", percentile(s.uncached, 0.99), 94'290, 0.1);
  expect_near("uncached mean, later", mean(s.uncached_later), 3'242, 0.1);
  expect_near("uncached p50, later", percentile(s.uncached_later, 0.5), 713, 0.05);
  expect_near("uncached p90, later", percentile(s.uncached_later, 0.9), 4'179, 0.05);
  expect_near("uncached p99, later", percentile(s.uncached_later, 0.99), 61'381, 0.15);
  expect_near("think time mean", mean(s.think_time), 174.6, 0.35);
  expect_near("think time p50", percentile(s.think_time, 0.5), 10, 0.05);
  expect_near("think time p90", percentile(s.think_time, 0.9), 162, 0.1);
  expect_near("turns mean", mean(s.turns), 69.5, 0.1);
  expect_near("turns p50", percentile(s.turns, 0.5), 46, 0.1);
  expect_near("turns p90", percentile(s.turns, 0.9), 157, 0.1);
  expect_near("hit rate", s.cached / total, 0.963, 0.01);
  expect_near("hit below a half", s.broken / static_cast<double>(s.think_time.size()), 0.020, 0.2);
}

}  // namespace
}  // namespace splitbench
