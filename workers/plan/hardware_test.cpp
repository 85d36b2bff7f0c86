#include "workers/plan/hardware.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

namespace splitbench {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

/// Rates of calls that cost more the more tensors they have, and are faster the larger they are.
/// Encoding takes (10 + tensors / 10) us and 1 us a MiB, decoding half of that.
CodecRates measured() {
  CodecRates rates{.encode = 1e12, .decode = 2e12, .call = 8e-6};
  for (const std::uint64_t mib : {1, 8, 64}) {
    for (const std::uint32_t tensors : {1, 16, 128}) {
      const double seconds = 1e-6 * (10 + tensors / 10.0 + static_cast<double>(mib));
      const double rate = static_cast<double>(mib * kMiB) / seconds;
      rates.calls.push_back(
          {.bytes = mib * kMiB, .tensors = tensors, .encode = rate, .decode = 2 * rate});
    }
  }
  return rates;
}

TEST(CodecRatesTest, ACallThatWasMeasuredTakesWhatWasMeasured) {
  const CodecRates rates = measured();
  for (const MeasuredCall& call : rates.calls) {
    const auto bytes = static_cast<double>(call.bytes);
    EXPECT_DOUBLE_EQ(rates.encode_seconds(bytes, call.tensors), bytes / call.encode);
    EXPECT_DOUBLE_EQ(rates.decode_seconds(bytes, call.tensors), bytes / call.decode);
  }
}

TEST(CodecRatesTest, HalfwayOnALogarithmicScaleIsTheGeometricMean) {
  const CodecRates rates = measured();
  const double one = 11.1e-6, eight = 18.1e-6;  // of 1 and 8 MiB, 1 tensor
  EXPECT_NEAR(rates.encode_seconds(std::sqrt(8.0) * kMiB, 1), std::sqrt(one * eight), 1e-12);
  const double many = 12.6e-6;  // of 1 MiB, 16 tensors
  EXPECT_NEAR(rates.encode_seconds(kMiB, 4), std::sqrt(one * many), 1e-12);
}

TEST(CodecRatesTest, MoreBytesOrMoreTensorsNeverTakeLess) {
  const CodecRates rates = measured();
  for (double tensors = 0.5; tensors < 1000; tensors *= 1.3) {
    double before = 0;
    for (double bytes = 1000; bytes < 1e9; bytes *= 1.1) {
      const double seconds = rates.encode_seconds(bytes, tensors);
      EXPECT_GE(seconds, before) << bytes;
      EXPECT_GE(rates.encode_seconds(bytes, 1.3 * tensors), seconds) << tensors;
      before = seconds;
    }
  }
}

TEST(CodecRatesTest, BeyondWhatWasMeasuredTimesStayWithinBounds) {
  const CodecRates rates = measured();
  const double largest = rates.encode_seconds(64.0 * kMiB, 16);
  EXPECT_DOUBLE_EQ(rates.encode_seconds(640.0 * kMiB, 16), 10 * largest);
  EXPECT_DOUBLE_EQ(rates.encode_seconds(kMiB, 5000), rates.encode_seconds(kMiB, 128));
  EXPECT_DOUBLE_EQ(rates.encode_seconds(kMiB, 0.5), rates.encode_seconds(kMiB, 1));
  const double smallest = rates.encode_seconds(kMiB, 1);
  EXPECT_DOUBLE_EQ(rates.encode_seconds(0.9 * kMiB, 1), 0.9 * smallest);
  EXPECT_DOUBLE_EQ(rates.encode_seconds(1, 1), rates.call);
  // What is known to be quicker than `call` is not made slower by it.
  EXPECT_DOUBLE_EQ(rates.decode_seconds(1, 1), rates.decode_seconds(kMiB, 1));
}

TEST(CodecRatesTest, OneMeasuredCallIsEnough) {
  CodecRates rates = measured();
  rates.calls.resize(1);
  EXPECT_DOUBLE_EQ(rates.encode_seconds(2.0 * kMiB, 7), 2 * rates.encode_seconds(kMiB, 1));
}

TEST(CodecRatesTest, WithoutMeasuredCallsATimeIsALine) {
  const CodecRates rates{.encode = 3e9, .decode = 7e9, .call = 1e-6};
  for (const double bytes : {0.0, 1e3, 1e8}) {
    for (const double tensors : {1.0, 100.0}) {
      EXPECT_EQ(rates.encode_seconds(bytes, tensors), 1e-6 + bytes / 3e9);
      EXPECT_EQ(rates.decode_seconds(bytes, tensors), 1e-6 + bytes / 7e9);
    }
  }
}

}  // namespace
}  // namespace splitbench
