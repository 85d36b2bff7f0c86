#include <gmock/gmock.h>

#include "configs/reader/config_test.hpp"
#include "configs/scenario_schema.hpp"

namespace splitbench {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// Scenarios that add codecs of their own.
class CodecKeysTest : public ConfigTest {
 protected:
  static constexpr const char* kMine =
      "codecs: {mine: {ratio: 1.6, encode: 300 GB/s, decode: 500 GB/s, call: 10 us}}\n";

  std::string with(std::string_view more) const {
    return std::string(kComplete) + std::string(more);
  }

  /// Returns the first line of the messages about a text.
  std::string about(std::string_view more, const std::vector<std::string>& overrides = {}) const {
    const std::string said = mistakes(with(more), overrides);
    return said.substr(0, said.find('\n'));
  }
};

TEST_F(CodecKeysTest, AnArmMayBeACodecThatTheScenarioDeclares) {
  const Scenario scenario = load(with(std::string(kMine) + "time: virtual\narms: [raw, mine]\n"));
  ASSERT_EQ(scenario.codecs.size(), 1u);
  EXPECT_EQ(scenario.codecs[0],
            (AddedCodec{.name = "mine",
                        .figures = {.encode = 3e11, .decode = 5e11, .call = 1e-5, .ratio = 1.6},
                        .library = {}}));
  EXPECT_EQ(scenario.arms, (std::vector{Arm::raw, Arm::of_added(0)}));
}

TEST_F(CodecKeysTest, ComeBackFromAWrittenScenario) {
  const Scenario scenario = load(with(
      "codecs: {b: {library: lib/b.so}, a: {ratio: 2, encode: 1 GB/s, decode: 2 GB/s}}\narms: [a, "
      "raw]\ntime: virtual\n"));
  EXPECT_EQ(scenario.codecs[1].library, folder_ / "lib/b.so");  // as the file's folder has it
  const Scenario again = load(to_yaml(scenario));
  EXPECT_EQ(again.codecs, scenario.codecs);
  EXPECT_EQ(again.arms, scenario.arms);
  EXPECT_EQ(load(codecs_yaml(scenario) + kComplete).codecs, scenario.codecs);
}

TEST_F(CodecKeysTest, AreSetFromTheCommandLineAndVariedByASweep) {
  const Scenario set =
      load(with("time: virtual\narms: mine\n"),
           {"codecs.mine.ratio=1.5", "codecs.mine.encode=1 GB/s", "codecs.mine.decode=1 GB/s"});
  EXPECT_EQ(set.codecs[0].figures.ratio, 1.5);
  const Scenario from_here = load(kComplete, {"codecs.mine.library=libmine.so"});
  EXPECT_EQ(from_here.codecs[0].library, std::filesystem::current_path() / "libmine.so");

  write("s.yaml", with(std::string(kMine) + "time: virtual\n"));
  const Scenario sweep =
      load_scenario(folder_ / "s.yaml", {},
                    std::vector<std::string>{"codecs.mine.ratio=1.2, 1.8", "arms=raw, mine"});
  ASSERT_EQ(sweep.axes.size(), 2u);
  const Scenario point = at_point(sweep, std::vector<std::string>{"1.8", "mine"});
  EXPECT_EQ(point.codecs[0].figures.ratio, 1.8);
  EXPECT_EQ(point.arms, std::vector{Arm::of_added(0)});
}

TEST_F(CodecKeysTest, MayBeSetAsOneMap) {
  const std::string arms = with("time: virtual\narms: mine\n");
  const Scenario set = load(arms, {"codecs={mine: {ratio: 1.5, encode: 1 GB/s, decode: 1 GB/s}}"});
  EXPECT_EQ(set.codecs[0].figures.ratio, 1.5);
  const Scenario more = load(with(std::string(kMine) + "time: virtual\narms: mine\n"),
                             {"codecs = {mine: {ratio: 1.5}}", "codecs.mine={call: 7 us}"});
  EXPECT_EQ(more.codecs[0].figures.ratio, 1.5);
  EXPECT_EQ(more.codecs[0].figures.encode, 3e11);
  EXPECT_EQ(more.codecs[0].figures.call, 7e-6);
  EXPECT_EQ(about("", {"codecs={mine: {ratios: 2}}"}),
            "--set: no key 'ratios' in 'codecs.mine'; did you mean 'ratio'?");
  EXPECT_THAT(about("", {"codecs={mine: {ratio"}), HasSubstr("--set: not YAML"));
}

TEST_F(CodecKeysTest, HaveNoDotsInTheirNames) {
  const std::string expected =
      "'my.codec' is no name of a codec; expected 1 to 64 of a-z, 0-9, - and _, a letter or digit "
      "first";
  EXPECT_EQ(mistakes(with("codecs: {my.codec: {library: x.so}}\n")).find(expected),
            std::string("s.yaml:4:10: ").size());
  EXPECT_EQ(about("", {"codecs.my.codec.ratio=2"}), "--set: " + expected);
  EXPECT_EQ(about("", {"codecs={my.codec: {ratio: 2}}"}), "--set: " + expected);
}

TEST_F(CodecKeysTest, HavePlainNamesThatNoOtherArmHas) {
  EXPECT_EQ(about("codecs: {ranked: {ratio: 2, encode: 1 GB/s, decode: 1 GB/s}}\n"),
            "s.yaml:4:10: 'ranked' is an arm already; expected another name");
  for (const char* name : {"My", "a/b", "-a", "\"a b\""})
    EXPECT_THAT(
        about(std::string("codecs: {") + name + ": {ratio: 2, encode: 1 GB/s, decode: 1 GB/s}}\n"),
        HasSubstr("is no name of a codec; expected 1 to 64 of a-z, 0-9, - and _"))
        << name;
  EXPECT_THAT(about("codecs: {" + std::string(65, 'a') + ": {library: x.so}}\n"),
              HasSubstr("is no name of a codec"));
}

TEST_F(CodecKeysTest, HaveFiguresOrALibraryOrBoth) {
  EXPECT_EQ(about("codecs: {mine: {}}\n"),
            "s.yaml:4:10: codec 'mine' has neither figures nor a library; expected ratio, encode "
            "and decode, or library");
  EXPECT_EQ(about("codecs: {mine: {ratio: 2, decode: 1 GB/s}}\n"),
            "s.yaml:4:10: codec 'mine' has 'ratio' without 'encode'; expected ratio, encode and "
            "decode together");
  EXPECT_EQ(about("codecs: {mine: {ratio: 0.1, encode: 1 GB/s, decode: 1 GB/s}}\n"),
            "s.yaml:4:24: '0.1' is out of range; expected a number from 0.5 to 1000");
  EXPECT_THAT(mistakes(with("codecs: {mine: {speed: 1 GB/s}}\n")),
              HasSubstr("s.yaml:4:17: no key 'speed' in 'codecs.mine'; expected ratio, encode, "
                        "decode, call or library"));
  EXPECT_THAT(about("codecs: [mine]\n"), HasSubstr("no codecs; expected a map of codecs by name"));
  EXPECT_EQ(about("codecs: none\n"), "nothing");
  EXPECT_EQ(about("", {"codecs.mine.ratios=2"}),
            "--set: no key 'ratios' in 'codecs.mine'; did you mean 'ratio'?");
}

TEST_F(CodecKeysTest, OfFiguresAreForVirtualTimeAndOfALibraryForRealRuns) {
  const std::string arms = std::string(kMine) + "arms: [raw, mine]\n";
  EXPECT_EQ(about(arms),
            "s.yaml:5:7: arm 'mine' in real time, but it is declared by figures alone; expected "
            "codecs.mine.library, or time: virtual");
  EXPECT_EQ(about(arms + "time: virtual\ndrift: {kind: padding}\n"),
            "s.yaml:5:7: arm 'mine' in virtual time, where its ratio is declared and does not "
            "follow drift; expected time: real, or drift.kind: none");
  const std::string library = "codecs: {mine: {library: mine.so}}\narms: [raw, mine]\n";
  EXPECT_EQ(about(library), "s.yaml:4:26: no file 'mine.so'");
  EXPECT_EQ(about(library + "time: virtual\n"),
            "s.yaml:5:7: arm 'mine' in virtual time, but it has no figures; expected ratio, encode "
            "and decode in codecs.mine, which splitbench calibrate --codec-library measures, or "
            "time: real");
  write("mine.so", "");
  EXPECT_EQ(about(library), "nothing");
  EXPECT_EQ(about(library + "transport: peer\n"),
            "s.yaml:5:7: arm 'mine' with transport peer; expected transport: auto, tcp or shm");
}

TEST_F(CodecKeysTest, AreGuessedAtWhenAnArmIsMisspelt) {
  EXPECT_THAT(about("codecs: {entropic: {library: x.so}}\narms: [raw, entrpic]\n"),
              HasSubstr("unknown choice 'entrpic', did you mean 'entropic'?"));
}

TEST_F(CodecKeysTest, StandInTheSchema) {
  EXPECT_THAT(scenario_schema("codecs"), AllOf(HasSubstr("default none"), HasSubstr("library")));
}

}  // namespace
}  // namespace splitbench
