#include <algorithm>
#include <fmt/format.h>

#include "configs/reader/config_test.hpp"

namespace splitbench {
namespace {

using namespace std::chrono_literals;

class FaultKeysTest : public ConfigTest {
 protected:
  static std::string with(const std::string& faults) {
    return std::string(kComplete) + "workers: {prefill: 2, decode: 3}\nfaults: " + faults + "\n";
  }
  std::vector<FaultSpec> faults(const std::string& text) const {
    const Scenario scenario = load(with(text));
    EXPECT_EQ(load_scenario(write("resolved.yaml", to_yaml(scenario))).faults, scenario.faults);
    return scenario.faults;
  }
  /// Returns the message about one fault, with its column but without the source line and the
  /// caret.
  std::string refusal(const std::string& fault) const {
    const std::string said = mistakes(with('[' + fault + ']'));
    EXPECT_EQ(std::ranges::count(said, '\n'), 2) << said;
    return said.substr(0, said.find('\n'));
  }
};

TEST_F(FaultKeysTest, ReadsFaultsOfEveryKind) {
  EXPECT_EQ(faults("[]"), std::vector<FaultSpec>{});
  EXPECT_EQ(
      faults("\n"
             "  - {fault: kill, prefill: 1, at: 2 s}\n"
             "  - {fault: stop, decode: 0, at: 0 s}\n"
             "  - {fault: stop, decode: 0, at: 0 s, for: 1 s}\n"
             "  - {fault: cut, decode: 2, probability: 0.25}\n"
             "  - {fault: corrupt, at: 1 s}\n"
             "  - {fault: delay, probability: 1, for: 10 ms}\n"
             "  - {fault: duplicate, prefill: 1, at: 1 s}\n"
             "  - {fault: stop_reading, at: 1 s, for: 2 s}\n"
             "  - {fault: pool_full, at: 1 s, for: 2 s}\n"
             "  - {fault: cancel, probability: 0.5}\n"
             "  - {fault: cancel, probability: 0}\n"
             "  - {fault: coordinator, at: 1 s}\n"),
      (std::vector<FaultSpec>{
          {.kind = FaultKind::kill, .prefill = 1, .at = 2s},
          {.kind = FaultKind::stop, .decode = 0, .at = 0s},
          {.kind = FaultKind::stop, .decode = 0, .at = 0s, .duration = 1s},
          {.kind = FaultKind::cut, .prefill = 0, .decode = 2, .probability = 0.25},
          {.kind = FaultKind::corrupt, .prefill = 0, .decode = 0, .at = 1s},
          {.kind = FaultKind::delay, .prefill = 0, .decode = 0, .probability = 1, .duration = 10ms},
          {.kind = FaultKind::duplicate, .prefill = 1, .decode = 0, .at = 1s},
          {.kind = FaultKind::stop_reading, .prefill = 0, .decode = 0, .at = 1s, .duration = 2s},
          {.kind = FaultKind::pool_full, .decode = 0, .at = 1s, .duration = 2s},
          {.kind = FaultKind::cancel, .probability = 0.5},
          {.kind = FaultKind::cancel},
          {.kind = FaultKind::coordinator, .at = 1s},
      }));
}

TEST_F(FaultKeysTest, AFaultOfAnOverrideIsAListToo) {
  EXPECT_EQ(load(kComplete, {"faults=[{fault: cancel, at: 1 s}]"}).faults.size(), 1u);
}

TEST_F(FaultKeysTest, PointsAtWhatIsWrongInAFault) {
  EXPECT_EQ(mistakes(with("[{fault: kil, at: 1 s}, {at: 1 s}, {fault: cut, att: 1}, kill]")),
            "s.yaml:5:18: 'kil' is not supported; expected kill, stop, cut, corrupt, "
            "delay, duplicate, stop_reading, pool_full, cancel or coordinator\n"
            "    faults: [{fault: kil, at: 1 s}, {at: 1 s}, {fault: cut, att: 1}, kill]\n"
            "                     ^\n"
            "s.yaml:5:33: 'fault' is missing; expected kill, stop, cut, corrupt, delay, duplicate, "
            "stop_reading, pool_full, cancel or coordinator\n"
            "    faults: [{fault: kil, at: 1 s}, {at: 1 s}, {fault: cut, att: 1}, kill]\n"
            "                                    ^\n"
            "s.yaml:5:57: no key 'att'; expected fault, prefill, decode, at, probability or for\n"
            "    faults: [{fault: kil, at: 1 s}, {at: 1 s}, {fault: cut, att: 1}, kill]\n"
            "                                                            ^\n"
            "s.yaml:5:66: expected a map of fault, prefill, decode, at, probability or for\n"
            "    faults: [{fault: kil, at: 1 s}, {at: 1 s}, {fault: cut, att: 1}, kill]\n"
            "                                                                     ^");
  EXPECT_EQ(mistakes(with("kill")),
            "s.yaml:5:9: 'kill' is not a list; expected a list of {fault, prefill, decode, at, "
            "probability, for}\n"
            "    faults: kill\n"
            "            ^");
}

TEST_F(FaultKeysTest, AFaultIsInjectedOnceOrByChance) {
  EXPECT_EQ(refusal("{fault: cancel}"),
            "s.yaml:5:18: fault 'cancel' needs either 'at' or 'probability'");
  EXPECT_EQ(refusal("{fault: cancel, at: 1 s, probability: 0.1}"),
            "s.yaml:5:48: fault 'cancel' needs either 'at' or 'probability'");
  EXPECT_EQ(refusal("{fault: coordinator, probability: 0.1}"),
            "s.yaml:5:18: fault 'coordinator' happens at one moment; expected 'at', such as 2 s, "
            "and no 'probability'");
}

TEST_F(FaultKeysTest, AFaultTargetsWhatItsKindCanTarget) {
  EXPECT_EQ(refusal("{fault: kill, at: 1 s}"),
            "s.yaml:5:18: fault 'kill' targets one worker; expected either 'prefill' or 'decode'");
  EXPECT_EQ(refusal("{fault: stop, at: 1 s, prefill: 0, decode: 0}"),
            "s.yaml:5:18: fault 'stop' targets one worker; expected either 'prefill' or 'decode'");
  EXPECT_EQ(refusal("{fault: pool_full, at: 1 s, for: 1 s, prefill: 0}"),
            "s.yaml:5:57: fault 'pool_full' targets no prefill worker; expected no 'prefill'");
  EXPECT_EQ(refusal("{fault: coordinator, at: 1 s, decode: 0}"),
            "s.yaml:5:48: fault 'coordinator' targets no decode worker; expected no 'decode'");
}

TEST_F(FaultKeysTest, AFaultTargetsAWorkerThatThereIs) {
  EXPECT_EQ(
      refusal("{fault: kill, at: 1 s, prefill: 2}"),
      "s.yaml:5:42: fault 'kill' targets prefill worker 2, but workers.prefill is 2; expected "
      "1 at most");
  EXPECT_EQ(refusal("{fault: cut, at: 1 s, decode: 3}"),
            "s.yaml:5:40: fault 'cut' targets decode worker 3, but workers.decode is 3; expected 2 "
            "at most");
}

TEST_F(FaultKeysTest, AFaultLastsIfItsKindDoes) {
  for (const char* kind : {"delay", "stop_reading", "pool_full"})
    EXPECT_EQ(refusal(fmt::format("{{fault: {}, at: 1 s}}", kind)),
              fmt::format("s.yaml:5:18: fault '{}' needs 'for', such as 2 s", kind));
  EXPECT_EQ(refusal("{fault: cut, at: 1 s, for: 1 s}"),
            "s.yaml:5:37: fault 'cut' has no length; expected no 'for'");
}

}  // namespace
}  // namespace splitbench
