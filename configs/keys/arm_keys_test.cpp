#include <algorithm>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "codec/baselines/baseline.hpp"
#include "codec/testing/missing_baseline.hpp"
#include "configs/reader/config_test.hpp"
#include "configs/scenario_schema.hpp"

namespace splitbench {
namespace {

using testing::HasSubstr;

class ArmKeysTest : public ConfigTest {
 protected:
  std::string with_arms(std::string_view names, std::string_view more = "") const {
    return std::string(kComplete) + "arms: [" + std::string(names) + "]\n" + std::string(more);
  }

  /// Returns the first line of the messages about the arms.
  std::string about(std::string_view names, std::string_view more) const {
    const std::string said = mistakes(with_arms(names, more));
    return said.substr(0, said.find('\n'));
  }
};

/// Tests of baselines of both devices, which need the libraries.
class InstalledBaselineTest : public ArmKeysTest {
 protected:
  void SetUp() override {
    if (find_baseline("zstd-1") == nullptr) GTEST_SKIP() << why_missing(*find_codec("zstd-1"));
  }
};

TEST_F(ArmKeysTest, AreBaselinesWhereTheirLibraryIsAndSayHowToGetItWhereNot) {
  for (const Codec& baseline : kBaselines) {
    const std::string name(baseline.name);
    if (find_baseline(name) != nullptr) {
      const Scenario scenario = load(with_arms("raw, " + name));
      EXPECT_EQ(scenario.arms, (std::vector{Arm::raw, Arm(baseline)}));
      EXPECT_EQ(load(to_yaml(scenario)).arms, scenario.arms);
    } else {
      const BaselineLibrary& library = library_of(name);
      EXPECT_EQ(about("raw, " + name, ""),
                fmt::format("s.yaml:4:7: arm '{}' in real time, but this program was built without "
                            "{}: {}; or time: virtual",
                            name, library.name, library.how_to_get));
    }
  }
}

TEST_F(ArmKeysTest, GuessAMisspeltBaselineAndNameThoseOfItsLibrary) {
  EXPECT_EQ(about("zstd-1-plane", ""),
            "s.yaml:4:8: unknown choice 'zstd-1-plane', did you mean 'zstd-1-planes'? expected "
            "zstd-huffman-planes, zstd-1, zstd-1-planes, zstd-3 or zstd-3-planes");
  EXPECT_EQ(about("lz4-acceleration", ""),
            "s.yaml:4:8: 'lz4-acceleration' is not supported; expected lz4 or lz4-planes");
}

TEST_F(InstalledBaselineTest, IsOfRunsOnItsOwnDeviceOverWiresThatItCanCross) {
  EXPECT_EQ(about("zstd-1", "time: virtual\nhardware: splitzip-paper\n"),
            "s.yaml:4:7: arm 'zstd-1' in virtual time, but hardware splitzip-paper has no figures "
            "for it; expected rates.zstd-1.bf16 there, which splitbench calibrate measures, or "
            "time: real");
  EXPECT_EQ(about("zstd-1", "backend: cuda\n"),
            "s.yaml:4:7: arm 'zstd-1' works on the CPU; expected backend: cpu");
  EXPECT_EQ(about("zstd-1", "transport: peer\n"),
            "s.yaml:4:7: arm 'zstd-1' with transport peer; expected transport: auto, tcp or shm");
  EXPECT_EQ(mistakes(with_arms("zstd-1", "transport: shm\nbackend: cpu\n")), "nothing");
}

TEST_F(InstalledBaselineTest, RunsInVirtualTimeOnADeviceThatHasFiguresForItsElementType) {
  HardwareProfile hardware = load_hardware("splitzip-paper");
  hardware.rates[{"zstd-1", ElementType::bf16}] = {
      .encode = 3e8, .decode = 8e8, .call = 0, .ratio = 1.3};
  write("device.yaml", to_yaml(hardware));
  const std::string more = "time: virtual\nhardware: device.yaml\n";
  EXPECT_EQ(mistakes(with_arms("zstd-1", more)), "nothing");
  EXPECT_THAT(about("zstd-1", more + "kv_dtype: fp8_e5m2\n"),
              HasSubstr("expected rates.zstd-1.fp8_e5m2 there"));
  EXPECT_THAT(about("zstd-1", more + "drift: {kind: padding}\n"),
              HasSubstr("does not follow drift; expected time: real, or drift.kind: none"));
}

TEST_F(InstalledBaselineTest, HasPlanesOfBf16Only) {
  EXPECT_EQ(mistakes(with_arms("zstd-1", "kv_dtype: fp8_e5m2\n")), "nothing");
  EXPECT_EQ(about("zstd-1-planes", "kv_dtype: fp8_e5m2\n"),
            "s.yaml:4:7: arm 'zstd-1-planes' with kv_dtype fp8_e5m2; expected kv_dtype bf16, or "
            "a baseline without planes");
}

TEST_F(InstalledBaselineTest, IsNotOfTheSameRunAsOneOfTheOtherDevice) {
  if (find_baseline("nvcomp-ans") == nullptr)
    GTEST_SKIP() << why_missing(*find_codec("nvcomp-ans"));
  EXPECT_EQ(about("nvcomp-ans", "backend: cpu\n"),
            "s.yaml:4:7: arm 'nvcomp-ans' works on a GPU; expected backend: cuda or auto");
  EXPECT_EQ(about("zstd-1, nvcomp-ans", ""),
            "s.yaml:4:7: arm 'zstd-1' works on the CPU and 'nvcomp-ans' on a GPU; expected arms "
            "of one of them");
}

TEST_F(ArmKeysTest, ListAllBaselinesInTheSchema) {
  for (const Codec& baseline : kBaselines)
    EXPECT_THAT(scenario_schema(), HasSubstr(std::string(baseline.name)));
}

}  // namespace
}  // namespace splitbench
