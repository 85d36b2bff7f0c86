#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <iterator>

#include "configs/reader/quantity.hpp"
#include "sim/bench/calibrate/calibrate.hpp"

namespace splitbench {
namespace {

constexpr double kEscapeRate = 0.002;  // about the rate with a codebook per layer, K and V

/// A direction of the codec, with the fields of its time and its rate.
struct Direction {
  std::string_view name;
  BenchTime BenchRow::*time;
  double CodecRates::*rate;
};
constexpr std::array kDirections = {Direction{"encode", &BenchRow::encode, &CodecRates::encode},
                                    Direction{"decode", &BenchRow::decode, &CodecRates::decode}};

/// A measured case: `calls` calls of `bytes` in `tensors` each.
struct Measured {
  std::uint64_t bytes;
  std::uint32_t tensors;
  std::uint32_t calls;
  BenchRow row;

  double seconds(const Direction& direction) const { return (row.*direction.time).seconds / calls; }
  double rate(const Direction& direction) const {
    return rounded(static_cast<double>(bytes) / seconds(direction));
  }
};

std::vector<SizedTime> times_of(std::span<const Measured> rows, const Direction& direction) {
  std::vector<SizedTime> times;
  for (const Measured& row : rows)
    times.push_back({static_cast<double>(row.bytes), row.seconds(direction)});
  return times;
}

/// Returns the table's words for elements of a type in a codec.
std::string label(const ListedCodec& codec, ElementType type) {
  if (codec.name == "splitzip") return std::string(name(type));
  return fmt::format("{}, {}", name(type), codec.name);
}

void add_sizes(Calibration& calibration, std::span<const Measured> rows, const std::string& what) {
  for (const Measured& row : rows)
    for (const Direction& direction : kDirections)
      calibration.figures.push_back(
          {fmt::format("{} {}, {} MiB", direction.name, what, row.bytes >> 20),
           format_throughput(row.rate(direction)), (row.row.*direction.time).noise});
}

/// Adds the rates through the times of all sizes to the table, and returns them.
CodecRates add_fit(Calibration& calibration, std::span<const Measured> rows,
                   const std::string& what, bool is_ours) {
  const double call =
      call_of(times_of(rows, kDirections[0]), times_of(rows, kDirections[1]), is_ours);
  CodecRates rates{.call = rounded(call)};
  for (const Direction& direction : kDirections) {
    const Speed speed = fit_rate(times_of(rows, direction), call);
    rates.*direction.rate = rounded(speed.rate);
    double noise = 0;
    for (const Measured& row : rows) noise = std::max(noise, (row.row.*direction.time).noise);
    // One cost of a call for both directions need not fit a baseline.
    add_speed(calibration, fmt::format("{} {}, fit to all", direction.name, what), speed.rate, call,
              is_ours ? speed.deviation : noise);
  }
  return rates;
}

/// Returns the raw bytes of a row over those of its payload, rounded.
double ratio_of(const BenchRow& row) {
  return rounded(static_cast<double>(row.bench.bytes) / static_cast<double>(row.frame_bytes));
}

std::vector<Measured> measure(BenchOn bench, const ListedCodec& codec,
                              const BenchElements& elements, const CodecCases& cases) {
  std::vector<Measured> rows;
  for (const auto& [bytes, calls] : cases.sizes) {
    for (const std::uint32_t tensors : cases.tensors) {
      BenchCase one = cases.shared;
      one.bytes = bytes * calls;
      one.tensors = tensors * calls;
      one.codec = codec;
      rows.push_back({bytes, tensors, calls, bench(elements, one)});
    }
  }
  return rows;
}

}  // namespace

BenchElements calibration_elements(ElementType type) {
  const ExponentHistogram exponents = as_rounded(model_exponents(), type);
  return draw_elements(exponents, calibrated(exponents, type), kEscapeRate);
}

CodecRates calibrate_codec(Calibration& calibration, BenchOn bench, const ListedCodec& codec,
                           const BenchElements& elements, const CodecCases& cases) {
  const std::vector<Measured> rows = measure(bench, codec, elements, cases);
  std::vector<Measured> of_one_tensor;
  std::ranges::copy_if(rows, std::back_inserter(of_one_tensor),
                       [](const Measured& row) { return row.tensors == 1; });
  const bool is_ours = codec.baseline() == nullptr;
  const std::string what = label(codec, elements.type);
  if (is_ours) add_sizes(calibration, of_one_tensor, what);
  CodecRates rates = add_fit(calibration, of_one_tensor, what, is_ours);
  if (!is_ours) rates.ratio = ratio_of(of_one_tensor.back().row);
  for (const Measured& row : rows)
    rates.calls.push_back({.bytes = row.bytes,
                           .tensors = row.tensors,
                           .encode = row.rate(kDirections[0]),
                           .decode = row.rate(kDirections[1])});
  return rates;
}

void calibrate_codecs(Calibration& calibration, BenchOn bench, const CodecCases& ours,
                      const CodecCases& foreign) {
  for (const ElementType type : kElementTypes) {
    const BenchElements elements = calibration_elements(type);
    for (const ListedCodec& codec : bench_codecs("all")) {
      const CodecCases& cases = codec.baseline() == nullptr ? ours : foreign;
      if (codec.name != codec_of_frames(FrameKind::stored).name && runs(codec, type, cases.shared))
        calibration.hardware.rates[{std::string(codec.name), type}] =
            calibrate_codec(calibration, bench, codec, elements, cases);
    }
  }
}

}  // namespace splitbench
