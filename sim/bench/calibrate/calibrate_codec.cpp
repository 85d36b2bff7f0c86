#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "configs/reader/quantity.hpp"
#include "sim/bench/calibrate/calibrate.hpp"
#include "sim/bench/calibrate/calibrate_fit.hpp"

namespace splitbench {
namespace {

constexpr double kEscapeRate = 0.002;  // about what a codebook for each layer, K and V leaves

/// What is measured: elements of a type in frames of a kind.
struct Coded {
  std::string_view name;  ///< in the table
  ElementType type;
  FrameKind kind = FrameKind::splitzip;
};
constexpr std::array kCoded = {Coded{"bf16", ElementType::bf16},
                               Coded{"fp8_e5m2", ElementType::fp8_e5m2},
                               Coded{"fp8_e4m3", ElementType::fp8_e4m3},
                               Coded{"bf16, ranked", ElementType::bf16, FrameKind::ranked},
                               Coded{"fp8_e5m2, ranked", ElementType::fp8_e5m2, FrameKind::ranked},
                               Coded{"fp8_e4m3, ranked", ElementType::fp8_e4m3, FrameKind::ranked}};

/// One direction at all sizes.
struct Direction {
  std::string_view name;
  BenchTime BenchRow::*time;
};
constexpr std::array kDirections = {Direction{"encode", &BenchRow::encode},
                                    Direction{"decode", &BenchRow::decode}};

SizedTime time_of_tensor(const BenchRow& row, const Direction& direction) {
  const double tensors = row.bench.tensors;
  return {static_cast<double>(row.bench.bytes) / tensors, (row.*direction.time).seconds / tensors};
}

std::vector<SizedTime> times_of(std::span<const BenchRow> rows, const Direction& direction) {
  std::vector<SizedTime> times;
  for (const BenchRow& row : rows) times.push_back(time_of_tensor(row, direction));
  return times;
}

}  // namespace

void calibrate_codec(Calibration& calibration,
                     BenchRow (*bench)(const BenchElements&, const BenchCase&),
                     const BenchCase& shared, std::span<const CodecSize> sizes) {
  const ExponentHistogram exponents = model_exponents();
  for (const Coded& coded : kCoded) {
    const BenchElements elements =
        draw_elements(as_rounded(exponents, coded.type), coded.type, kEscapeRate);
    std::vector<BenchRow> rows;
    for (const auto& [tensor_bytes, tensors] : sizes) {
      BenchCase one = shared;
      one.bytes = tensor_bytes * tensors;
      one.tensors = tensors;
      one.codec = codec_of_frames(coded.kind);
      rows.push_back(bench(elements, one));
      for (const Direction& direction : kDirections) {
        const SizedTime time = time_of_tensor(rows.back(), direction);
        calibration.figures.push_back(
            {fmt::format("{} {}, {} MiB", direction.name, coded.name, tensor_bytes >> 20),
             format_throughput(rounded(time.bytes / time.seconds)),
             (rows.back().*direction.time).noise});
      }
    }
    // A call costs the same either way.
    double call = 0;
    for (const Direction& direction : kDirections)
      call += fit_speed(times_of(rows, direction)).call / kDirections.size();
    CodecRates rates{.call = rounded(call)};
    for (const Direction& direction : kDirections) {
      const Speed speed = fit_rate(times_of(rows, direction), call);
      (direction.name == "encode" ? rates.encode : rates.decode) = rounded(speed.rate);
      add_speed(calibration, fmt::format("{} {}, fit to all", direction.name, coded.name),
                speed.rate, call, speed.deviation);
    }
    calibration.hardware.rates[{std::string(codec_of(coded.kind)), coded.type}] = rates;
  }
}

}  // namespace splitbench
