#include <gmock/gmock.h>

#include "configs/reader/config_test.hpp"
#include "workers/plan/hardware.hpp"

namespace splitbench {
namespace {

using testing::HasSubstr;

constexpr auto kBf16 = ElementType::bf16, kE5m2 = ElementType::fp8_e5m2,
               kE4m3 = ElementType::fp8_e4m3;

class CodecRateKeysTest : public ConfigTest {
 protected:
  static constexpr const char* kRest =
      "name: device\nprovenance: made up\nflops: 1 TFLOP/s\nmemory_bandwidth: 1 TB/s\n"
      "copy: 10 GB/s\ncopy_call: 1 us\ndigest: 1 TB/s\n";

  HardwareProfile load_profile(const std::string& text) const {
    return load_hardware(write("device.yaml", text).string());
  }
  /// Returns the messages about a profile with these lines from line 8 on.
  std::string about(const std::string& lines) const {
    return message([&] { load_profile(kRest + lines); });
  }
};

/// A profile as `calibrate` wrote it up to commit 9f45933.
constexpr const char* kOldForm =
    R"(name: h200
provenance: "splitbench calibrate --backend cuda: NVIDIA H200, driver 580.159.04; 32 cores of Intel(R) Xeon(R) Processor; spread up to 30%; 2026-11-22; commit b9b06ddf9b80"
flops: 648 TFLOP/s
memory_bandwidth: 4.63 TB/s
copy: 55.13 GB/s
copy_call: 7.599 us
digest: 3.014 TB/s
peer: 394 GB/s
launch: 3.463 us
tcp_stream: 7.597 GB/s
tcp: 29.83 GB/s
splitzip:
  encode: 1.979 TB/s
  decode: 2.089 TB/s
  call: 13.46 us
  escape_bytes: 7
  sample: 1 us
ranked:
  encode: 1.4 TB/s
  decode: 1.194 TB/s
  call: 14.63 us
splitzip_fp8_e5m2:
  encode: 1.336 TB/s
  decode: 1.265 TB/s
  call: 13.27 us
splitzip_fp8_e4m3:
  encode: 1.33 TB/s
  decode: 1.265 TB/s
  call: 13.14 us
ranked_fp8_e5m2:
  encode: 673.7 GB/s
  decode: 673.4 GB/s
  call: 17.1 us
ranked_fp8_e4m3:
  encode: 1.044 TB/s
  decode: 1.243 TB/s
  call: 15.98 us
)";

TEST_F(CodecRateKeysTest, AProfileOfTheOldFormLoadsAndIsWrittenInTheNewOne) {
  const HardwareProfile old = load_profile(kOldForm);
  const std::map<CodecKey, CodecRates> rates = {
      {{"splitzip", kBf16},
       {.encode = 1.979e12, .decode = 2.089e12, .call = 13.46e-6, .sample = 1e-6}},
      {{"splitzip", kE5m2}, {.encode = 1.336e12, .decode = 1.265e12, .call = 13.27e-6}},
      {{"splitzip", kE4m3}, {.encode = 1.33e12, .decode = 1.265e12, .call = 13.14e-6}},
      {{"ranked", kBf16}, {.encode = 1.4e12, .decode = 1.194e12, .call = 14.63e-6}},
      {{"ranked", kE5m2}, {.encode = 673.7e9, .decode = 673.4e9, .call = 17.1e-6}},
      {{"ranked", kE4m3}, {.encode = 1.044e12, .decode = 1.243e12, .call = 15.98e-6}}};
  EXPECT_EQ(old.rates, rates);
  EXPECT_EQ(old.device_to_device, 394e9);
  EXPECT_EQ(old.escape_bytes, 7u);
  const std::string written = to_yaml(old);
  EXPECT_NE(written.find("rates:\n  splitzip:\n    bf16: {encode: 1.979 TB/s, decode: "),
            std::string::npos)
      << written;
  EXPECT_EQ(written.find("splitzip_fp8"), std::string::npos);
  EXPECT_EQ(load_profile(written), old);
}

TEST_F(CodecRateKeysTest, FiguresThatNothingIsMadeOfAreIgnored) {
  const std::string written = to_yaml(load_profile(kOldForm));
  for (const char* key : {"launch:", "tcp:", "tcp_stream:"})
    EXPECT_EQ(written.find(key), std::string::npos) << key;
}

TEST_F(CodecRateKeysTest, RankedOfTheOldFormMayLackTheCostOfACall) {
  const HardwareProfile device =
      load_profile(std::string(kRest) +
                   "splitzip: {encode: 1 GB/s, decode: 1 GB/s, call: 1 us}\n"
                   "ranked: {encode: 2 GB/s, decode: 3 GB/s}\n");
  EXPECT_EQ(device.rates_of("ranked", kBf16), (CodecRates{.encode = 2e9, .decode = 3e9}));
}

TEST_F(CodecRateKeysTest, AnElementTypeWithoutRatesHasThoseOfBf16AndIsWrittenWithoutThem) {
  const HardwareProfile paper = load_hardware("splitzip-paper");
  EXPECT_EQ(paper.escape_bytes, 7u);
  EXPECT_EQ(paper.rates_of("splitzip", kE5m2), paper.rates_of("splitzip", kBf16));
  EXPECT_TRUE(paper.rates_of("splitzip", kE5m2).known());
  EXPECT_EQ(to_yaml(paper).find("fp8"), std::string::npos);
  HardwareProfile device = load_hardware("cpu-2core");
  const CodecRates fp8{.encode = 3e9, .decode = 4e9, .call = 0};
  device.rates[{"splitzip", kE4m3}] = device.rates[{"ranked", kE5m2}] = fp8;
  EXPECT_EQ(device.rates_of("splitzip", kE4m3), fp8);
  EXPECT_EQ(device.rates_of("splitzip", kE5m2), device.rates_of("splitzip", kBf16));
  EXPECT_EQ(device.rates_of("ranked", kE5m2), fp8);
  EXPECT_EQ(device.rates_of("ranked", kE4m3), device.rates_of("ranked", kBf16));
  EXPECT_EQ(load_profile(to_yaml(device)), device);
}

TEST_F(CodecRateKeysTest, ACodecWithoutAnyRatesHasNone) {
  EXPECT_FALSE(load_hardware("splitzip-paper").rates_of("ranked", kBf16).known());
}

TEST_F(CodecRateKeysTest, AnElementTypeHasAllOfItsRatesOrNone) {
  EXPECT_EQ(about("splitzip: {encode: 1 GB/s, decode: 1 GB/s, call: 1 us}\n"
                  "splitzip_fp8_e4m3: {decode: 1 GB/s}\n"),
            "device.yaml:9:29: 'splitzip_fp8_e4m3.decode' needs 'splitzip_fp8_e4m3.call' beside "
            "it; expected all three rates of an element type, or none to take those of bf16\n"
            "    splitzip_fp8_e4m3: {decode: 1 GB/s}\n"
            "                                ^");
  EXPECT_EQ(about("rates: {splitzip: {bf16: {encode: 1 GB/s, call: 1 us}}}\n"),
            "device.yaml:8:20: 'decode' is missing; expected a throughput from 1 MB/s to 1000 "
            "TB/s\n"
            "    rates: {splitzip: {bf16: {encode: 1 GB/s, call: 1 us}}}\n"
            "                       ^");
}

TEST_F(CodecRateKeysTest, WhatSamplingCostsIsNoSpeed) {
  EXPECT_THAT(about("splitzip: {sample: 1 us}\n"), HasSubstr("'splitzip.sample' needs"));
  EXPECT_THAT(about("rates: {splitzip: {bf16: {encode: 1 GB/s, decode: 1 GB/s, call: 1 us}}}\n"
                    "splitzip: {sample: 1 us}\n"),
              HasSubstr("'splitzip.sample' beside 'rates'"));
}

TEST_F(CodecRateKeysTest, NoProfileIsWithoutSplitzip) {
  const std::string missing =
      "'rates.splitzip.bf16' is missing; expected a map of encode, decode, call, sample or calls\n";
  EXPECT_EQ(about("rates: {ranked: {bf16: {encode: 1 GB/s, decode: 1 GB/s, call: 1 us}}}\n"),
            "device.yaml:8:8: " + missing +
                "    rates: {ranked: {bf16: {encode: 1 GB/s, decode: 1 GB/s, call: 1 us}}}\n"
                "           ^");
  EXPECT_EQ(about("") + '\n', "device.yaml: " + missing);
}

TEST_F(CodecRateKeysTest, PointsAtAMisspeltCodecTypeOrFigure) {
  EXPECT_EQ(
      about("rates:\n"
            "  splitzip:\n"
            "    bf16: {encode: 1 GB/s, decode: 1 GB/s, call: 1 us}\n"
            "    fp8_e5m3: {encode: 1 GB/s}\n"
            "  zstd1:\n"
            "    bf16: {encode: 1 GB/s}\n"
            "  ranked:\n"
            "    bf16: {encode: 1 GB, decod: 1 GB/s, decode: 1 GB/s, call: 1 us}\n"),
      "device.yaml:11:5: no key 'fp8_e5m3' in 'splitzip'; did you mean 'fp8_e5m2'?\n"
      "        fp8_e5m3: {encode: 1 GB/s}\n"
      "        ^\n"
      "device.yaml:12:3: no key 'zstd1'; did you mean 'zstd-1'?\n"
      "      zstd1:\n"
      "      ^\n"
      "device.yaml:15:20: '1 GB' has the unknown unit 'GB', not B/s, kB/s, MB/s, GB/s or TB/s; "
      "expected a throughput such as 55 GB/s\n"
      "        bf16: {encode: 1 GB, decod: 1 GB/s, decode: 1 GB/s, call: 1 us}\n"
      "                       ^\n"
      "device.yaml:15:26: no key 'decod'; did you mean 'decode'?\n"
      "        bf16: {encode: 1 GB, decod: 1 GB/s, decode: 1 GB/s, call: 1 us}\n"
      "                             ^");
}

TEST_F(CodecRateKeysTest, OnlyCodecsThatAreNotOursHaveARatioAndNeverLackIt) {
  const std::string splitzip = "  splitzip: {bf16: {encode: 1 GB/s, decode: 1 GB/s, call: 1 us}}\n";
  EXPECT_EQ(load_profile(kRest + ("rates:\n" + splitzip) +
                         "  lz4: {bf16: {encode: 1 GB/s, decode: 2 GB/s, call: 0 s, ratio: 1.2}}\n")
                .rates_of("lz4", kBf16),
            (CodecRates{.encode = 1e9, .decode = 2e9, .call = 0, .ratio = 1.2}));
  EXPECT_EQ(about("rates:\n" + splitzip +
                  "  lz4: {bf16: {encode: 1 GB/s, decode: 2 GB/s, call: 0 s}}\n"
                  "  ranked: {bf16: {encode: 1 GB/s, decode: 2 GB/s, call: 0 s, ratio: 1.2}}\n"),
            "device.yaml:10:9: 'ratio' is missing; expected a number from 0.5 to 1000\n"
            "      lz4: {bf16: {encode: 1 GB/s, decode: 2 GB/s, call: 0 s}}\n"
            "            ^\n"
            "device.yaml:11:62: no key 'ratio'; expected encode, decode, call, sample or calls\n"
            "      ranked: {bf16: {encode: 1 GB/s, decode: 2 GB/s, call: 0 s, ratio: 1.2}}\n"
            "                                                                 ^");
}

TEST_F(CodecRateKeysTest, OldAndNewFormDoNotStandInOneProfile) {
  EXPECT_EQ(about("rates: {splitzip: {bf16: {encode: 1 GB/s, decode: 1 GB/s, call: 1 us}}}\n"
                  "ranked: {encode: 1 GB/s}\n"),
            "device.yaml:9:18: 'ranked.encode' beside 'rates'; expected all figures of codecs in "
            "'rates'\n"
            "    ranked: {encode: 1 GB/s}\n"
            "                     ^");
}

TEST_F(CodecRateKeysTest, CallsThatWereMeasuredLoadInAnyOrderAndAreWritten) {
  const HardwareProfile device = load_profile(
      kRest +
      std::string("rates:\n"
                  "  splitzip:\n"
                  "    bf16: {encode: 1 GB/s, decode: 2 GB/s, call: 1 us, calls: [\n"
                  "      {bytes: 8 MiB, tensors: 1, encode: 900 MB/s, decode: 3 GB/s},\n"
                  "      {bytes: 1 MiB, tensors: 1, encode: 500 MB/s, decode: 2 GB/s}]}\n"));
  const std::vector<MeasuredCall> calls = {
      {.bytes = 1 << 20, .tensors = 1, .encode = 5e8, .decode = 2e9},
      {.bytes = 8 << 20, .tensors = 1, .encode = 9e8, .decode = 3e9}};
  EXPECT_EQ(device.rates_of("splitzip", kBf16).calls, calls);
  EXPECT_NE(to_yaml(device).find("tensors: 1, encode: 500 MB/s"), std::string::npos);
  EXPECT_EQ(load_profile(to_yaml(device)), device);
  Scenario scenario = load(kComplete);
  scenario.hardware = device;
  EXPECT_EQ(load(to_yaml(scenario)).hardware, device);
}

TEST_F(CodecRateKeysTest, EachSizeIsMeasuredOnceWithEachNumberOfTensors) {
  const auto with_calls = [&](const std::string& calls) {
    return about("rates: {splitzip: {bf16: {encode: 1 GB/s, decode: 2 GB/s, call: 1 us, calls: [" +
                 calls + "]}}}\n");
  };
  const std::string one = "{bytes: 1 MB, tensors: 1, encode: 1 GB/s, decode: 1 GB/s}";
  EXPECT_THAT(
      with_calls(one + ", {bytes: 2 MB, tensors: 3, encode: 1 GB/s, decode: 1 GB/s}"),
      HasSubstr("{bytes: 1 MB, tensors: 3} is missing; expected each size with each number"));
  EXPECT_THAT(with_calls(one + ", " + one), HasSubstr("{bytes: 1 MB, tensors: 1} is there twice"));
  EXPECT_THAT(with_calls("{bytes: 1 MB, tensors: 0, encode: 1 GB/s, decode: 1 GB/s}"),
              HasSubstr("'0' is out of range; expected a count from 1"));
  EXPECT_THAT(with_calls("7"), HasSubstr("expected a map of bytes, tensors, encode or decode"));
}

TEST_F(CodecRateKeysTest, AResolvedScenarioHasTheRatesOfAProfileOfItsOwn) {
  Scenario scenario = load(kComplete);
  scenario.hardware.name = "mine";
  scenario.hardware.rates[{"zstd-1", kE4m3}] = {
      .encode = 3e8, .decode = 4e8, .call = 1e-6, .ratio = 1.25};
  EXPECT_EQ(load(to_yaml(scenario)).hardware, scenario.hardware);
}

}  // namespace
}  // namespace splitbench
