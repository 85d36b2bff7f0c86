#include <gmock/gmock.h>

#include "configs/reader/config_test.hpp"

namespace splitbench {
namespace {

using YamlReaderTest = ConfigTest;

TEST_F(YamlReaderTest, PointsAtBrokenYaml) {
  EXPECT_EQ(mistakes("model: x\nlink: {bandwidth: 1 Gbit/s\n"),
            "s.yaml:2:27: not YAML: end of map flow not found\n"
            "    link: {bandwidth: 1 Gbit/s\n"
            "                              ^");
  EXPECT_EQ(mistakes("model: x\n\tlink: y\n"),
            "s.yaml:2:1: not YAML: the line begins with a tab; indent with spaces\n"
            "    \tlink: y\n"
            "    ^");
  EXPECT_EQ(mistakes("model: x\nlink:\n  \tbandwidth: 1 Gbit/s\n"),
            "s.yaml:3:3: not YAML: the line begins with a tab; indent with spaces\n"
            "      \tbandwidth: 1 Gbit/s\n"
            "      ^");
  EXPECT_EQ(mistakes("a: {b: 1}}\n"),
            "s.yaml:1:10: not YAML: illegal flow end\n"
            "    a: {b: 1}}\n"
            "             ^");
}

TEST_F(YamlReaderTest, WantsOneMapOfKeys) {
  EXPECT_EQ(mistakes(""), "s.yaml: empty; expected lines of 'key: value'");
  EXPECT_EQ(mistakes("- a\n"), "s.yaml: no map of keys; expected lines of 'key: value'");
  EXPECT_EQ(mistakes(std::string(kComplete) + "? [a]\n: b\n"),
            "s.yaml:4:3: expected a word as the key\n"
            "    ? [a]\n"
            "      ^");
  EXPECT_EQ(mistakes(", model: x\n"),
            "s.yaml:1:1: a second document begins here; expected one\n"
            "    , model: x\n"
            "    ^");
  EXPECT_EQ(mistakes(std::string(kComplete) + "---\nseed: 2\n"),
            "s.yaml:4:1: a second document begins here; expected one\n"
            "    ---\n"
            "    ^");
}

TEST_F(YamlReaderTest, RefusesAKeyThatComesTwice) {
  EXPECT_EQ(mistakes(std::string(kComplete) + "seed: 1\nseed: 2\nlink: {latency: 1 s}\n"
                                              "workload.output: 4\n"),
            "s.yaml:5:1: second 'seed'; the first stands in line 4\n"
            "    seed: 2\n"
            "    ^\n"
            "s.yaml:6:1: second 'link'; the first stands in line 2\n"
            "    link: {latency: 1 s}\n"
            "    ^\n"
            "s.yaml:7:1: second 'output'; the first stands in line 3\n"
            "    workload.output: 4\n"
            "    ^");
}

TEST_F(YamlReaderTest, PutsTheCaretBelowItsCharacterWhateverStandsBeforeIt) {
  EXPECT_EQ(mistakes(std::string(kComplete) + "kv: {dump: äöü, source: dumb}\r\n"),
            "s.yaml:4:28: unknown choice 'dumb', did you mean 'dump'? expected profile or dump\n"
            "    kv: {dump: äöü, source: dumb}\n"
            "                            ^");
}

TEST_F(YamlReaderTest, SomeKeysOfASectionMayBeSetAsAMap) {
  const Scenario scenario =
      load(kComplete, {"workload={context: 1k, requests: 3}", "workload.requests=5"});
  EXPECT_EQ(scenario.workload.requests, 5u);
  EXPECT_EQ(scenario.workload.concurrency, 1u);  // of the text
  EXPECT_THAT(mistakes(kComplete, {"workload={context: 1k, size: 3}"}),
              testing::HasSubstr("--set: no key 'size' in 'workload'"));
}

TEST_F(YamlReaderTest, PointsAtTheOverrideThatIsWrong) {
  EXPECT_EQ(mistakes(kComplete, {"seed", "link=1 Gbit/s", "link.bandwidht=1", "lnik.bandwidth=1",
                                 "workload.size=1", "arms=[raw, rew]", "arms=[raw", "name=[a]"}),
            "--set: expected path=value, such as link.bandwidth='10 Gbit/s'\n"
            "    seed\n"
            "    ^\n"
            "--set: 'link' is a section; set one of its keys, such as link.bandwidth\n"
            "    link=1 Gbit/s\n"
            "    ^\n"
            "--set: no key 'bandwidht' in 'link'; did you mean 'bandwidth'?\n"
            "    link.bandwidht=1\n"
            "    ^\n"
            "--set: no key 'lnik.bandwidth'; did you mean 'link.bandwidth'?\n"
            "    lnik.bandwidth=1\n"
            "    ^\n"
            "--set: no key 'size' in 'workload'; expected preset, arrivals, rate, cv, burstiness, "
            "on, off, schedule, concurrency, think_time, trace, spread, trace_format, columns, "
            "block_tokens, time_unit, turns, session_arrivals, subagent_times, skip_bad, start, "
            "end, max_context, long_prompts, session_gap, rate_scale, "
            "length_scale, context, output, mix, requests, warmup, batch_size or sessions\n"
            "    workload.size=1\n"
            "    ^\n"
            "--set: 'rew' is not supported; expected raw, bypass, splitzip, ranked, auto or a "
            "baseline such as zstd-1-planes\n"
            "    arms=[raw, rew]\n"
            "               ^\n"
            "--set: not YAML: end of sequence flow not found\n"
            "    arms=[raw\n"
            "    ^\n"
            "--set: expected a string, found a list\n"
            "    name=[a]\n"
            "         ^");
}

TEST_F(YamlReaderTest, SaysInOneLineThatAFileCannotBeRead) {
  EXPECT_EQ(message([&] { load_scenario(folder_ / "none.yaml"); }),
            "none.yaml: no such file, expected a scenario in YAML");
  EXPECT_EQ(message([] { load_scenario("configs"); }),
            "configs: a folder, expected a scenario in YAML");
}

}  // namespace
}  // namespace splitbench
