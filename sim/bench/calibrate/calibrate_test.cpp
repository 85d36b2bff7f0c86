#include "sim/bench/calibrate/calibrate.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace splitbench {
namespace {

std::vector<SizedTime> times_of(double rate, double call) {
  std::vector<SizedTime> times;
  for (const double bytes : {8e6, 64e6, 512e6}) times.push_back({bytes, call + bytes / rate});
  return times;
}

TEST(CalibrateFitTest, GivesBackWhatTheTimesWereMadeOf) {
  const Speed speed = fit_speed(times_of(2e12, 15e-6));
  EXPECT_NEAR(speed.rate, 2e12, 1e6);
  EXPECT_NEAR(speed.call, 15e-6, 1e-11);
  EXPECT_NEAR(speed.deviation, 0, 1e-9);
}

TEST(CalibrateFitTest, ACallNeverCostsLessThanNothing) {
  const Speed speed = fit_speed(times_of(5e9, -1e-4));
  EXPECT_EQ(speed.call, 0);
  EXPECT_GT(speed.rate, 5e9);
  EXPECT_GT(speed.deviation, 0.01);
}

TEST(CalibrateFitTest, WithAKnownCallOnlyTheRateIsFound) {
  EXPECT_NEAR(fit_rate(times_of(5e9, 1e-4), 1e-4).rate, 5e9, 1e3);
}

TEST(CalibrateFitTest, ACallThatBothDirectionsShareIsShorterThanAnyTime) {
  const std::vector<SizedTime> disturbed = times_of(5e9, 0.5), quiet = times_of(5e9, 1e-4);
  const double call = call_of(disturbed, quiet, true);
  for (const SizedTime& time : quiet) EXPECT_LT(call, time.seconds);
  EXPECT_GT(fit_rate(quiet, call).rate, 0);
  EXPECT_NEAR(call_of(quiet, quiet, true), 1e-4, 1e-9);
}

TEST(CalibrateFitTest, SmallSizesWeighAsMuchAsLargeOnes) {
  std::vector<SizedTime> times = times_of(1e9, 1e-3);
  times.front().seconds *= 1.1;
  const Speed speed = fit_speed(times);
  EXPECT_NEAR(speed.rate, 1e9, 0.01e9);
  EXPECT_GT(speed.call, 1.2e-3);
}

/// A bench that takes a microsecond for each tensor and encodes a GB/s, or decodes two.
BenchRow bench_by_rule(const BenchElements&, const BenchCase& one) {
  const double tensors = 1e-6 * one.tensors, encoding = static_cast<double>(one.bytes) / 1e9;
  return {.bench = one,
          .frame_bytes = one.bytes,
          .encode = {.seconds = tensors + encoding, .noise = 0},
          .decode = {.seconds = tensors + encoding / 2, .noise = 0}};
}

TEST(CalibrateCodecTest, MeasuresEachSizeWithEachNumberOfTensors) {
  constexpr CodecSize kSizes[] = {{.bytes = 1'000'000, .calls = 4}, {.bytes = 8'000'000}};
  constexpr std::uint32_t kTensors[] = {1, 250};
  Calibration calibration;
  const CodecRates rates =
      calibrate_codec(calibration, bench_by_rule, codec_of_frames(FrameKind::splitzip), {},
                      {.shared = {}, .sizes = kSizes, .tensors = kTensors});
  const std::vector<MeasuredCall> calls = {
      {.bytes = 1'000'000, .tensors = 1, .encode = 0.999e9, .decode = 1.996e9},
      {.bytes = 1'000'000, .tensors = 250, .encode = 0.8e9, .decode = 1.333e9},
      {.bytes = 8'000'000, .tensors = 1, .encode = 0.9999e9, .decode = 2e9},
      {.bytes = 8'000'000, .tensors = 250, .encode = 0.9697e9, .decode = 1.882e9}};
  EXPECT_EQ(rates.calls, calls);
  EXPECT_NEAR(rates.encode, 1e9, 1e5);
  EXPECT_NEAR(rates.call, 1e-6, 1e-8);
  EXPECT_NEAR(rates.encode_seconds(1e6, 250), 1.25e-3, 1e-6);
}

}  // namespace
}  // namespace splitbench
