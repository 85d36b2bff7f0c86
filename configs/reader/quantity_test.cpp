#include "configs/reader/quantity.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace splitbench {
namespace {

using namespace std::chrono_literals;

template <class Parse>
std::string refusal(Parse parse, std::string_view text) {
  try {
    parse(text);
  } catch (const BadQuantity& error) {
    return error.what();
  }
  return "accepted";
}

TEST(QuantityTest, ReadsDecimalTextExactly) {
  EXPECT_EQ(parse_bandwidth("0.1 Gbit/s"), 100'000'000u);
  EXPECT_EQ(parse_bandwidth("25Gbit/s"), 25'000'000'000u);
  EXPECT_EQ(parse_bandwidth("1.000000001 Gbit/s"), 1'000'000'001u);
  EXPECT_EQ(parse_time("1.5 ms"), 1'500us);
  EXPECT_EQ(parse_time("0.1 us"), 100ns);
  EXPECT_EQ(parse_time("2 min"), 120s);
  EXPECT_EQ(parse_time("0 s"), 0s);
  EXPECT_EQ(parse_rate("0.3 req/s"), 0.3);
  EXPECT_EQ(parse_seconds("10 us"), 10e-6);
  EXPECT_EQ(parse_flops("600 TFLOP/s"), 600e12);
}

TEST(QuantityTest, TellsDecimalUnitsFromBinaryOnes) {
  EXPECT_EQ(parse_bytes("64 MB"), 64'000'000u);
  EXPECT_EQ(parse_bytes("64 MiB"), 67'108'864u);
  EXPECT_EQ(parse_bytes("0.5 KiB"), 512u);
  EXPECT_EQ(parse_count("8k"), 8192u);
  EXPECT_EQ(parse_count("1M"), 1'048'576u);
  EXPECT_EQ(parse_count("512"), 512u);
  EXPECT_EQ(parse_parameters("8.03 B"), 8.03e9);
}

TEST(QuantityTest, WritesTheLargestFittingUnit) {
  EXPECT_EQ(format_bandwidth(25'000'000'000), "25 Gbit/s");
  EXPECT_EQ(format_bandwidth(100'000'000), "100 Mbit/s");
  EXPECT_EQ(format_bytes(67'108'864), "67.108864 MB");
  EXPECT_EQ(format_time(1'500us), "1.5 ms");
  EXPECT_EQ(format_time(120s), "120 s");
  EXPECT_EQ(format_time(0s), "0 ns");
  EXPECT_EQ(format_count(8192), "8192");
  EXPECT_EQ(format_rate(4), "4 /s");
  EXPECT_EQ(format_rate(0.05), "0.05 /s");
  EXPECT_EQ(format_factor(1.25), "1.25");
  EXPECT_EQ(format_throughput(2315e9), "2.315 TB/s");
  EXPECT_EQ(format_flops(2e11), "200 GFLOP/s");
  EXPECT_EQ(format_seconds(10e-6), "10 us");
  EXPECT_EQ(format_seconds(0), "0 s");
  EXPECT_EQ(format_parameters(264'128), "0.264128 M");
}

TEST(QuantityTest, ReadsBackWhatItWrites) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t whole = random() >> (random() % 64);
    EXPECT_EQ(parse_bandwidth(format_bandwidth(whole)), whole);
    EXPECT_EQ(parse_bytes(format_bytes(whole)), whole);
    EXPECT_EQ(parse_count(format_count(whole)), whole);
    const std::chrono::nanoseconds time(whole >> 1);
    EXPECT_EQ(parse_time(format_time(time)), time);

    const double real =
        std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 200) - 150);
    EXPECT_EQ(parse_rate(format_rate(real)), real);
    EXPECT_EQ(parse_factor(format_factor(real)), real);
    EXPECT_EQ(parse_throughput(format_throughput(real)), real);
    EXPECT_EQ(parse_flops(format_flops(real)), real);
    EXPECT_EQ(parse_seconds(format_seconds(real)), real);
    EXPECT_EQ(parse_parameters(format_parameters(real)), real);
  }
  EXPECT_EQ(parse_bytes("18446744073709551615 B"), std::numeric_limits<std::uint64_t>::max());
}

TEST(QuantityTest, RefusesWhatHasNoUnitOrAnUnknownOne) {
  EXPECT_EQ(refusal(parse_bandwidth, "25"),
            "'25' has no unit; expected a bandwidth such as 25 Gbit/s");
  EXPECT_EQ(refusal(parse_bandwidth, "25 Gbps"),
            "'25 Gbps' has the unknown unit 'Gbps', not bit/s, kbit/s, Mbit/s, Gbit/s or Tbit/s; "
            "expected a bandwidth such as 25 Gbit/s");
  EXPECT_EQ(refusal(parse_count, "1e3"),
            "'1e3' has the unknown unit 'e3', not k or M; expected a count such as 512 or 8k");
  EXPECT_EQ(refusal(parse_factor, "2 x"), "'2 x' has a unit, 'x'; expected a number such as 0.5");
  EXPECT_EQ(refusal(parse_time, "0"), "'0' has no unit; expected a time such as 100 us");
}

TEST(QuantityTest, RefusesWhatIsNoNumberOfItsKind) {
  EXPECT_EQ(refusal(parse_time, "-5 s"), "'-5 s' is negative; expected a time such as 100 us");
  EXPECT_EQ(refusal(parse_rate, "nan /s"), "'nan /s' is no number; expected a rate such as 4 /s");
  EXPECT_EQ(refusal(parse_bytes, ""), "'' is no number; expected a size such as 64 MB");
  EXPECT_EQ(refusal(parse_bytes, "1. MB"), "'1. MB' is no number; expected a size such as 64 MB");
  EXPECT_EQ(refusal(parse_count, "012"),
            "'012' has a leading zero; expected a count such as 512 or 8k");
  EXPECT_EQ(refusal(parse_bandwidth, "0.5 bit/s"),
            "'0.5 bit/s' is no whole number of bit/s; expected a bandwidth such as 25 Gbit/s");
  EXPECT_EQ(refusal(parse_count, "1.5"),
            "'1.5' is no whole number; expected a count such as 512 or 8k");
}

TEST(QuantityTest, RefusesWhatCannotBeStored) {
  EXPECT_EQ(refusal(parse_bandwidth, "99999999 Tbit/s"),
            "'99999999 Tbit/s' is too large; expected a bandwidth such as 25 Gbit/s");
  EXPECT_EQ(refusal(parse_bytes, "16777216 TiB"),
            "'16777216 TiB' is too large; expected a size such as 64 MB");
  EXPECT_EQ(refusal(parse_count, "18446744073709551616"),
            "'18446744073709551616' is too large; expected a count such as 512 or 8k");
  EXPECT_EQ(refusal(parse_time, "9223372037 s"),
            "'9223372037 s' is too large; expected a time such as 100 us");
  EXPECT_EQ(refusal(parse_time, "0.1234567890123456789012 s"),
            "'0.1234567890123456789012 s' has more digits than can be kept; expected a time such "
            "as 100 us");
  EXPECT_EQ(refusal(parse_factor, "1" + std::string(400, '0')),
            "'1" + std::string(400, '0') + "' is out of range; expected a number such as 0.5");
}

}  // namespace
}  // namespace splitbench
