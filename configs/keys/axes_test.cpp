#include <gmock/gmock.h>

#include "configs/reader/config_test.hpp"

namespace splitbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class AxesTest : public ConfigTest {
 protected:
  Scenario load_varied(const std::vector<std::string>& varied, const std::string& more = "") const {
    return load_scenario(write("s.yaml", kComplete + more), {}, varied);
  }
  std::string mistakes_in(const std::vector<std::string>& varied,
                          const std::string& more = "") const {
    return message([&] { load_varied(varied, more); });
  }
  /// Returns the values of a scenario's only axis.
  std::vector<std::string> values(const std::string& vary) const {
    return load_varied({vary}).axes.at(0).values;
  }
};

TEST_F(AxesTest, ValuesStandAsTheScenarioWouldSayThem) {
  EXPECT_THAT(values("link.bandwidth=500, 25000 Mbit/s, unlimited"),
              ElementsAre("500 Mbit/s", "25 Gbit/s", "unlimited"));
  EXPECT_THAT(values("workload.context=100, 8192, 16k..64k:x2"),
              ElementsAre("100", "8k", "16k", "32k", "64k"));
  EXPECT_THAT(values("arms=[raw,splitzip],bypass"), ElementsAre("[raw, splitzip]", "[bypass]"));
  EXPECT_THAT(values("pipeline=on, off"), ElementsAre("on", "off"));
  EXPECT_THAT(values("model=llama-3.2-1b,qwen3-32b"), ElementsAre("llama-3.2-1b", "qwen3-32b"));
  EXPECT_THAT(values("link.bandwidth=[{at: 0 s, rate: 1 Gbit/s}, {at: 2 s, rate: 1 Mbit/s}]"),
              ElementsAre("[{at: 0 s, rate: 1 Gbit/s}, {at: 2 s, rate: 1 Mbit/s}]"));
  EXPECT_THAT(values("link.preset=dc-25,gpu-400"), ElementsAre("dc-25", "gpu-400"));
}

TEST_F(AxesTest, NoValueIsRounded) {
  EXPECT_THAT(load_varied({"seed=9007199254740993, 18446744073709551615"}).seeds,
              ElementsAre(9007199254740993, 18446744073709551615u));
  EXPECT_THAT(values("compute_scale=0.1, 0.30000000000000004"),
              ElementsAre("0.1", "0.30000000000000004"));
}

TEST_F(AxesTest, AScenarioNamesAxesAndTheOptionAddsOrReplaces) {
  const std::string file =
      "axes:\n  workload.context: 1k..4k:x2\n  arms: [[raw, splitzip], raw]\n"
      "  link: {bandwidth: [10, 25 Gbit/s]}\n";
  const std::vector<AxisSpec> axes = {{"workload.context", {"1k", "2k", "4k"}},
                                      {"arms", {"[raw, splitzip]", "[raw]"}},
                                      {"link.bandwidth", {"10 Gbit/s", "25 Gbit/s"}}};
  EXPECT_EQ(load_varied({}, file).axes, axes);
  const std::vector<AxisSpec> varied = {
      axes[0], {"arms", {"[bypass]"}}, axes[2], {"layer_group", {"1", "2"}}};
  EXPECT_EQ(load_varied({"arms=raw", "layer_group=1,2", "arms=bypass"}, file).axes, varied);
}

TEST_F(AxesTest, SeedsAreRepeatsOfAPointAndNoPointsOfTheirOwn) {
  const Scenario varied = load_varied({"seed=1..5:+2", "layer_group=1,2"}, "repeats: 2\n");
  EXPECT_THAT(varied.axes, ElementsAre(AxisSpec{"layer_group", {"1", "2"}}));
  EXPECT_THAT(varied.seeds, ElementsAre(1, 3, 5));
  EXPECT_EQ(varied.repeats, 3);
  EXPECT_EQ(varied.seed, 1);
  const Scenario point = at_point(varied, std::vector<std::string>{"2"});
  EXPECT_EQ(point.seeds, varied.seeds);
  EXPECT_EQ(point.repeats, 3);
}

TEST_F(AxesTest, SeedsThatContradictOneAnotherAreRefused) {
  const std::string axis = "axes: {seed: [1, 2, 3]}\n";
  EXPECT_EQ(load_varied({}, axis + "repeats: 3\nseeds: auto\n").seeds.size(), 3u);
  EXPECT_THAT(mistakes_in({}, axis + "repeats: 2\n"),
              HasSubstr("axis 'seed' makes 3 repeats, and 'repeats' is 2; expected one of them"));
  EXPECT_THAT(mistakes_in({}, axis + "seeds: [4, 2, 1]\n"),
              HasSubstr("axis 'seed' and 'seeds' both say what repeats draw from"));
  write("s.yaml", std::string(kComplete));
  EXPECT_THAT(message([&] {
                load_scenario(folder_ / "s.yaml", std::vector<std::string>{"repeats=2"},
                              std::vector<std::string>{"seed=1, 2, 3"});
              }),
              HasSubstr("axis 'seed' makes 3 repeats, and 'repeats' is 2"));
}

TEST_F(AxesTest, TheSeedsOfRepeatsDoNotBeginAgainAtZero) {
  const std::string last = "18446744073709551615";
  EXPECT_EQ(load_varied({}, "repeats: 1\nseed: " + last + "\n").seed, ~std::uint64_t{0});
  EXPECT_THAT(mistakes_in({}, "repeats: 3\nseed: " + last + "\n"),
              HasSubstr("3 repeats draw from seed 18446744073709551615 and those that follow it; "
                        "expected at most 18446744073709551613"));
}

TEST_F(AxesTest, SeedsSayHowOftenAnArmIsRun) {
  EXPECT_EQ(load_varied({}, "seeds: [4, 2]\n").repeats, 2);
  EXPECT_THAT(mistakes_in({}, "seeds: [4, 2]\nrepeats: 3\n"),
              HasSubstr("2 seeds for 3 repeats; expected one each"));
  EXPECT_THAT(mistakes_in({}, "seeds: [4, 2, 4]\n"), HasSubstr("seed 4 twice; expected each once"));
}

TEST_F(AxesTest, AxesComeBackFromTheResolvedScenario) {
  const Scenario scenario = load_varied(
      {"arms=[raw,splitzip],raw",
       "link.bandwidth=1,2 Gbit/s,[{at: 0 s, rate: 1 Gbit/s}, {at: 2 s, rate: 2 Gbit/s}]",
       "workload.context=1k..8k:x2", "pipeline=on,off", "link.preset=none,dc-25"});
  const Scenario again = load_scenario(write("again.yaml", to_yaml(scenario)));
  EXPECT_EQ(again.axes, scenario.axes);
  EXPECT_EQ(to_yaml(again), to_yaml(scenario));
}

TEST_F(AxesTest, AKeyThatOnlyAnAxisNamesHasItsFirstValue) {
  const Scenario scenario = load(
      "model: llama-3.2-1b\naxes: {link.bandwidth: 10..40:x2 Gbit/s}\n"
      "workload: {arrivals: closed, concurrency: 1, context: 512, output: 8, requests: 8}\n");
  EXPECT_EQ(scenario.link.bandwidth, 10'000'000'000u);
}

TEST_F(AxesTest, APointIsTheScenarioWithOneValueOfEachAxis) {
  const Scenario scenario = load_varied(
      {"link.bandwidth=1,2 Gbit/s", "workload.context=1k,2k", "arms=[raw,splitzip],raw"});
  const std::vector<std::string> values = {"2 Gbit/s", "1k", "[raw]"};
  const Scenario point = at_point(scenario, values);
  EXPECT_EQ(to_yaml(point),
            to_yaml(load_scenario(folder_ / "s.yaml",
                                  std::vector<std::string>{"link.bandwidth=2 Gbit/s",
                                                           "workload.context=1k", "arms=raw"})));
  EXPECT_TRUE(point.axes.empty());
}

TEST_F(AxesTest, APresetSetsTheLinkOfItsPointsButNotOtherAxes) {
  const Scenario scenario = load_varied({"link.preset=dc-25,wan-10", "link.latency=1,2 ms"});
  const Scenario point = at_point(scenario, std::vector<std::string>{"wan-10", "2 ms"});
  EXPECT_EQ(point.link.bandwidth, 10'000'000'000u);
  EXPECT_EQ(point.link.latency, std::chrono::milliseconds(2));
}

TEST_F(AxesTest, PathsOfAPointAreThoseOfTheSweep) {
  write("a.bf16", "1234");
  write("a.json", R"({"shape": [1, 2, 1, 1]})");
  const Scenario scenario = load_varied({}, "axes: {kv.dump: [a.bf16, none]}\n");
  EXPECT_EQ(scenario.axes[0].values, (std::vector<std::string>{folder_ / "a.bf16", "none"}));
}

TEST_F(AxesTest, PointsWhoseValuesDoNotGoTogetherAreRefused) {
  const Scenario scenario = load_varied({"workload.batch_size=1,2", "workload.concurrency=1,2"});
  EXPECT_EQ(
      message([&] {
        at_point(scenario, std::vector<std::string>{"2", "1"});
      }),
      "point: workload.concurrency 1 never fills a batch of workload.batch_size 2; expected at "
      "least as many clients\n"
      "    workload.concurrency=1\n"
      "                         ^");
  EXPECT_NO_THROW(at_point(scenario, std::vector<std::string>{"2", "2"}));
}

TEST_F(AxesTest, QuantitiesAreNumbersInBaseUnits) {
  const auto numbers = [&](const std::string& vary) {
    const AxisNumbers found = numbers_of(load_varied({vary}).axes.at(0));
    return std::pair(found.unit, found.numbers);
  };
  using Numbers = std::vector<std::optional<double>>;
  EXPECT_EQ(numbers("link.bandwidth=10 Gbit/s, unlimited"),
            std::pair(std::string("bit/s"), Numbers{1e10, std::nullopt}));
  EXPECT_EQ(numbers("link.latency=0 s, 300 us"), std::pair(std::string("s"), Numbers{0, 3e-4}));
  EXPECT_EQ(numbers("chunk=32 KiB"), std::pair(std::string("bytes"), Numbers{32768}));
  EXPECT_EQ(numbers("workload.context=8k"), std::pair(std::string("count"), Numbers{8192}));
  EXPECT_EQ(numbers("workload.rate=2.5 /s"), std::pair(std::string("1/s"), Numbers{2.5}));
  EXPECT_EQ(numbers("compute_scale=0.5"), std::pair(std::string("ratio"), Numbers{0.5}));
  EXPECT_EQ(numbers("verify=off"), std::pair(std::string(), Numbers{std::nullopt}));
}

TEST_F(AxesTest, TellsAllMistakesAtTheirPlaces) {
  EXPECT_EQ(
      mistakes_in({"link.bandwidth=10, 25 Gbit/s, 25000 Mbit/s", "workload.context=8k,,9x",
                   "link.bandwith=1", "seed=4..2:+1", "faults=[]"},
                  "axes:\n  staging: [1 MB, 5]\n  name: a, b\n"),
      "--vary: '25 Gbit/s' is repeated; expected each value of an axis once\n"
      "    link.bandwidth=10, 25 Gbit/s, 25000 Mbit/s\n"
      "                                  ^\n"
      "--vary: no value; expected a count from 1 to 100000000, or a distribution, or none\n"
      "    workload.context=8k,,9x\n"
      "                        ^\n"
      "--vary: '9x' has the unknown unit 'x', not k or M; expected a count such as 512 or 8k\n"
      "    workload.context=8k,,9x\n"
      "                         ^\n"
      "--vary: no key 'bandwith' in 'link'; did you mean 'bandwidth'?\n"
      "    link.bandwith=1\n"
      "    ^\n"
      "--vary: '4' is more than '2'; expected a range that ascends\n"
      "    seed=4..2:+1\n"
      "         ^\n"
      "--vary: 'faults' cannot be an axis; expected another key\n"
      "    faults=[]\n"
      "    ^\n"
      "s.yaml:5:19: '5' has no unit; expected a size such as 64 MB\n"
      "      staging: [1 MB, 5]\n"
      "                      ^\n"
      "s.yaml:6:3: 'name' cannot be an axis; expected another key\n"
      "      name: a, b\n"
      "      ^");
}

TEST_F(AxesTest, RefusesAnAxisWithoutValuesAndMorePointsThanCouldBeMeant) {
  EXPECT_THAT(mistakes_in({}, "axes: {seed: []}\n"),
              HasSubstr("s.yaml:4:14: no value; expected a count"));
  EXPECT_THAT(mistakes_in({"seed="}), HasSubstr("--vary: no value; expected a count"));
  EXPECT_THAT(mistakes_in({}, "axes: 5\n"), HasSubstr("s.yaml:4:7: expected a map from keys"));
  EXPECT_THAT(mistakes_in({"layer_group=1..101:+1", "workload.warmup=1..100:+1"}),
              HasSubstr("--vary: 10100 points; expected at most 10000\n    workload.warmup"));
  EXPECT_EQ(load_varied({"layer_group=1..100:+1", "workload.warmup=1..100:+1"}).axes.size(), 2u);
}

}  // namespace
}  // namespace splitbench
