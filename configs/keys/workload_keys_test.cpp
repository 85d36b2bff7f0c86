#include <gmock/gmock.h>

#include "configs/reader/config_test.hpp"
#include "configs/reader/form_kinds.hpp"
#include "configs/scenario_schema.hpp"

namespace splitbench {
namespace {

using namespace std::chrono_literals;

class WorkloadKeysTest : public ConfigTest {
 protected:
  /// Loads a complete scenario with these lines in its workload.
  Scenario load_workload(const std::string& lines) const { return load(kHead + lines); }
  std::string mistakes_in(const std::string& lines) const { return mistakes(kHead + lines); }

  void expect_same_again(const Scenario& scenario) const {
    const Scenario again = load_scenario(write("resolved.yaml", to_yaml(scenario)));
    EXPECT_EQ(to_yaml(again), to_yaml(scenario));
    EXPECT_EQ(again.workload.sessions, scenario.workload.sessions);
    EXPECT_EQ(again.workload.mix, scenario.workload.mix);
    EXPECT_EQ(again.workload.context, scenario.workload.context);
    EXPECT_EQ(again.workload.schedule, scenario.workload.schedule);
  }

  const std::string kHead =
      "model: llama-3.2-1b\nlink: {bandwidth: 1 Gbit/s}\nworkload:\n  requests: 10\n";
  const std::string kLengths = "  context: 8k\n  output: 64\n";
};

TEST_F(WorkloadKeysTest, ReadsEveryKindOfArrivals) {
  const auto spec = [&](const std::string& lines) {
    const Scenario scenario = load_workload(lines + kLengths);
    expect_same_again(scenario);
    return scenario.workload;
  };
  EXPECT_EQ(spec("  arrivals: constant\n  rate: 2 /s\n").arrivals, Arrivals::constant);
  EXPECT_EQ(spec("  arrivals: gamma\n  rate: 2 /s\n  cv: 2.5\n").cv, 2.5);
  EXPECT_EQ(spec("  arrivals: gamma\n  rate: 2 /s\n  burstiness: 0.5\n").burstiness, 0.5);
  EXPECT_EQ(spec("  arrivals: weibull\n  rate: 2 /s\n  cv: 0.5\n").arrivals, Arrivals::weibull);
  const WorkloadSpec on_off = spec("  arrivals: on_off\n  rate: 2 /s\n  on: 5 s\n  off: 1 min\n");
  EXPECT_EQ(on_off.on, 5s);
  EXPECT_EQ(on_off.off, 60s);
  EXPECT_EQ(spec("  arrivals: closed\n  concurrency: 3\n  think_time: exponential(mean 2 s)\n")
                .think_time,
            (Distribution{.shape = Shape::exponential, .mean = 2e9}));
}

TEST_F(WorkloadKeysTest, ReadsEverySchedule) {
  const auto schedule = [&](const std::string& text) {
    const Scenario scenario = load_workload("  rate: 2 /s\n  schedule: " + text + "\n" + kLengths);
    expect_same_again(scenario);
    return scenario.workload.schedule;
  };
  EXPECT_EQ(schedule("none"), ScheduleSpec());
  EXPECT_EQ(schedule("ramp(from 0, to 2.5, over 60 s)"),
            (ScheduleSpec{.shape = ScheduleShape::ramp, .from = 0, .to = 2.5, .over = 60}));
  EXPECT_EQ(schedule("diurnal(swing 0.8, period 1440 min)"),
            (ScheduleSpec{.shape = ScheduleShape::diurnal, .swing = 0.8, .period = 86'400}));
  EXPECT_EQ(schedule("spike(factor 8, at 1.5 s, for 5 s)"),
            (ScheduleSpec{.shape = ScheduleShape::spike, .factor = 8, .at = 1.5, .lasting = 5}));
}

TEST_F(WorkloadKeysTest, ReadsEveryFormOfLength) {
  write("trace.jsonl", "");
  const auto context = [&](const std::string& text) {
    const Scenario scenario =
        load_workload("  rate: 2 /s\n  output: 64\n  context: " + text + "\n");
    expect_same_again(scenario);
    return scenario.workload.context;
  };
  EXPECT_EQ(context("8k"), fixed(8192));
  EXPECT_EQ(context("uniform(from 1k, to 8k)"),
            (Distribution{.shape = Shape::uniform, .from = 1024, .to = 8192}));
  EXPECT_EQ(context("exponential(mean 700)"),
            (Distribution{.shape = Shape::exponential, .mean = 700}));
  EXPECT_EQ(context("lognormal( median 2k,p99 32k )"),
            (Distribution{.shape = Shape::lognormal, .median = 2048, .p99 = 32'768}));
  EXPECT_EQ(
      context("lognormal(median 2k, sigma 1.2, min 16, max 1M)"),
      (Distribution{
          .shape = Shape::lognormal, .median = 2048, .sigma = 1.2, .min = 16, .max = 1 << 20}));
  EXPECT_EQ(context("pareto_lognormal(median 1k, sigma 1, share 0.1, alpha 1.5, scale 8k)"),
            (Distribution{.shape = Shape::pareto_lognormal,
                          .median = 1024,
                          .sigma = 1,
                          .alpha = 1.5,
                          .scale = 8192,
                          .share = 0.1}));
  EXPECT_EQ(context("zipf(exponent 1.1, from 128, to 32k)"),
            (Distribution{.shape = Shape::zipf, .from = 128, .to = 32'768, .exponent = 1.1}));
  EXPECT_EQ(context("quantiles(min 1, p50 2k, p90 8k, p999 30k, max 64k)")->points,
            (std::array<double, 10>{1, 0, 0, 2048, 0, 8192, 0, 0, 30'720, 65'536}));
  EXPECT_EQ(context("prompts(file trace.jsonl)"),
            (Distribution{.shape = Shape::empirical_prompts, .file = folder_ / "trace.jsonl"}));
}

TEST_F(WorkloadKeysTest, ADistributionIsSaidInOneOverride) {
  const Scenario scenario =
      load(kComplete, {"workload.output=lognormal(median 128, p99 1k)",
                       "workload.sessions.turns=uniform(from 1, to 9)", "workload.mix=[]"});
  EXPECT_EQ(scenario.workload.output,
            (Distribution{.shape = Shape::lognormal, .median = 128, .p99 = 1024}));
  EXPECT_EQ(scenario.workload.sessions.turns,
            (Distribution{.shape = Shape::uniform, .from = 1, .to = 9}));
}

TEST_F(WorkloadKeysTest, AMixIsAListOfClasses) {
  const Scenario scenario = load_workload(
      "  rate: 2 /s\n  mix:\n"
      "    - {name: short, share: 9, context: 1k, output: 8}\n"
      "    - name: long\n      context: uniform(from 128k, to 1M)\n      output: 9\n"
      "      history: off\n      turns: 3\n      think_time: 2 s\n");
  ASSERT_EQ(scenario.workload.mix.size(), 2u);
  EXPECT_EQ(
      scenario.workload.mix[0],
      (TrafficClass{.name = "short", .share = 9, .context = fixed(1024), .output = fixed(8)}));
  const TrafficClass& longer = scenario.workload.mix[1];
  EXPECT_EQ(longer.context,
            (Distribution{.shape = Shape::uniform, .from = 131'072, .to = 1 << 20}));
  EXPECT_FALSE(longer.sessions.history);
  EXPECT_EQ(longer.sessions.turns, fixed(3));
  EXPECT_EQ(longer.sessions.think_time, fixed(2e9));
  expect_same_again(scenario);
}

TEST_F(WorkloadKeysTest, APresetSetsWhatNobodySet) {
  for (const std::string name : {"agentic", "chat", "rag", "long_context", "mixed"}) {
    SCOPED_TRACE(name);
    expect_same_again(load_workload("  rate: 2 /s\n  preset: " + name + "\n"));
  }
  const Scenario scenario =
      load_workload("  rate: 2 /s\n  preset: chat\n  context: 5\n  sessions: {turns: 7}\n");
  EXPECT_EQ(scenario.workload.context, fixed(5));
  EXPECT_EQ(scenario.workload.sessions.turns, fixed(7));
  EXPECT_EQ(scenario.workload.sessions.shared, fixed(500));
}

TEST_F(WorkloadKeysTest, RefusesAFormThatIsNone) {
  const auto refusal = [&](const std::string& text) {
    const std::string said = mistakes_in("  rate: 1 /s\n  output: 1\n  context: " + text + "\n");
    return said.substr(0, said.find('\n'));
  };
  EXPECT_EQ(refusal("lognormal(median 2k"),
            "s.yaml:7:12: 'lognormal(median 2k' is no form; expected one such as lognormal(median "
            "2k, p99 32k)");
  EXPECT_EQ(refusal("lognornal(median 2k, p99 3k)"),
            "s.yaml:7:12: no form 'lognornal', did you mean 'lognormal'? expected uniform, "
            "exponential, lognormal, pareto_lognormal, zipf, quantiles, prompts or outputs");
  EXPECT_EQ(refusal("lognormal(median 2k)"),
            "s.yaml:7:12: 'lognormal' needs its p99 or its sigma; expected one of them");
  EXPECT_EQ(refusal("lognormal(mode 2k)"),
            "s.yaml:7:12: no part 'mode' in 'lognormal'; expected lognormal(median, [p99], "
            "[sigma], [min], [max])");
  EXPECT_EQ(refusal("uniform(from 1)"),
            "s.yaml:7:12: 'uniform' has no 'to'; expected uniform(from, to)");
  EXPECT_EQ(refusal("uniform(from 1, from 2, to 3)"),
            "s.yaml:7:12: 'from' is repeated; expected uniform(from, to)");
  EXPECT_EQ(refusal("uniform(from 9, to 3)"),
            "s.yaml:7:12: 'from' is not below 'to'; expected a range");
  EXPECT_EQ(refusal("uniform(from 0, to 3)"),
            "s.yaml:7:12: '0' is out of range; expected a count from 1 to 100000000");
  EXPECT_EQ(refusal("quantiles(min 5, p50 4, p90 8, max 9)"),
            "s.yaml:7:12: 'p50' is below the quantile before it; expected values that ascend");
  EXPECT_EQ(refusal("prompts(file none.jsonl)"), "s.yaml:7:12: no file 'none.jsonl'");
}

TEST_F(WorkloadKeysTest, RefusesWhatTheArrivalsDoNotHave) {
  const auto refusal = [&](const std::string& lines) {
    const std::string said = mistakes_in(lines + kLengths);
    return said.substr(0, said.find('\n'));
  };
  EXPECT_EQ(refusal("  rate: 1 /s\n  cv: 2\n"),
            "s.yaml:6:7: workload.cv is of gamma or weibull arrivals, and workload.arrivals is "
            "'poisson'; expected none");
  EXPECT_EQ(refusal("  rate: 1 /s\n  think_time: 2 s\n"),
            "s.yaml:6:15: workload.think_time is of closed arrivals, and workload.arrivals is "
            "'poisson'; expected none");
  EXPECT_EQ(refusal("  rate: 1 /s\n  arrivals: gamma\n"),
            "s.yaml:6:13: workload.arrivals 'gamma' needs workload.cv, such as 2");
  EXPECT_EQ(refusal("  rate: 1 /s\n  arrivals: gamma\n  cv: 1\n  burstiness: 1\n"),
            "s.yaml:8:15: workload.burstiness says what workload.cv says; expected one of them");
  EXPECT_EQ(refusal("  arrivals: closed\n  concurrency: 1\n  schedule: spike(factor 2, at 1 s, "
                    "for 1 s)\n"),
            "s.yaml:7:13: workload.schedule bends a rate, which workload.arrivals 'closed' does "
            "not have; expected none");
}

TEST_F(WorkloadKeysTest, RefusesSessionsThatDoNotAddUp) {
  const auto refusal = [&](const std::string& lines) {
    const std::string said = mistakes_in("  rate: 1 /s\n" + lines);
    return said.substr(0, said.find('\n'));
  };
  EXPECT_EQ(refusal(kLengths + "  sessions: {window: 100k}\n"),
            "s.yaml:8:22: workload.sessions.window needs 'compacted', such as 30k");
  EXPECT_EQ(refusal(kLengths + "  sessions: {groups: 3}\n"),
            "s.yaml:8:22: workload.sessions.groups needs 'shared', such as 2k");
  EXPECT_EQ(refusal(kLengths + "  sessions: {turns: 2}\n  batch_size: 4\n"),
            "s.yaml:9:15: workload.batch_size 4 may never fill, since turns of a session wait for "
            "each other; expected 1");
  EXPECT_EQ(refusal("  context: 5\n  mix: [{context: 1, output: 1}]\n"),
            "s.yaml:6:12: workload.context is said by each class of workload.mix; expected it "
            "there alone");
  EXPECT_EQ(refusal("  mix: [{context: 1, output: 1, fan_out: 0.5}]\n"),
            "s.yaml:6:42: 'fan_out' needs 'branch_context', such as 10k");
  EXPECT_EQ(refusal("  mix: [{context: 1, outputs: 1}]\n"),
            "s.yaml:6:22: no key 'outputs'; did you mean 'output'?");
  EXPECT_EQ(refusal("  mix: 5\n"),
            "s.yaml:6:8: '5' is not a list; expected a list of {name, share, context, output, and "
            "keys of sessions}");
}

TEST_F(WorkloadKeysTest, ATraceBringsItsOwnSessionsAndLengths) {
  write("trace.jsonl", "");
  const auto refusal = [&](const std::string& lines) {
    const std::string said = mistakes_in("  arrivals: trace\n  trace: trace.jsonl\n" + lines);
    return said.substr(0, said.find('\n'));
  };
  EXPECT_EQ(refusal("  context: uniform(from 1, to 2)\n"),
            "s.yaml:7:12: workload.context of a trace is one number; expected a count");
  EXPECT_EQ(refusal("  sessions: {turns: 2}\n"),
            "s.yaml:3:1: workload.sessions makes sessions, and a trace has its own; expected none "
            "of its keys, or other workload.arrivals");
}

TEST_F(WorkloadKeysTest, ATraceIsNotReplayedByOtherArrivals) {
  write("trace.jsonl", "");
  EXPECT_THAT(
      mistakes_in("  arrivals: closed\n  concurrency: 1\n" + kLengths + "  trace: trace.jsonl\n"),
      testing::StartsWith("s.yaml:9:10: workload.trace is replayed by workload.arrivals: "
                          "trace, and here that is 'closed'; expected trace there, or no "
                          "trace here"));
}

TEST_F(WorkloadKeysTest, TheSchemaListsTheForms) {
  EXPECT_THAT(scenario_schema(),
              testing::AllOf(testing::HasSubstr("lognormal(median, [p99], [sigma], [min], [max])"),
                             testing::HasSubstr("diurnal(swing, period)")));
}

}  // namespace
}  // namespace splitbench
