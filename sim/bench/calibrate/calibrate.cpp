#include "sim/bench/calibrate/calibrate.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <utility>
#include <vector>

#include "configs/reader/quantity.hpp"
#include "workloads/statistics.hpp"

namespace splitbench {

Speed fit_rate(std::span<const SizedTime> times, double call) {
  double xx = 0, xz = 0;
  for (const SizedTime& time : times) {
    const double x = time.bytes / time.seconds;
    xx += x * x;
    xz += x * (1 - call / time.seconds);
  }
  const double per_byte = xz / xx;
  Speed speed{.rate = 1 / per_byte, .call = call, .deviation = 0};
  for (const SizedTime& time : times)
    speed.deviation =
        std::max(speed.deviation, std::abs((call + per_byte * time.bytes) / time.seconds - 1));
  return speed;
}

Speed fit_speed(std::span<const SizedTime> times) {
  std::vector<LinePoint> points;  // weighted so that a percent of each time counts the same
  for (const auto& [bytes, seconds] : times)
    points.push_back({.x = bytes, .y = seconds, .weight = 1 / (seconds * seconds)});
  const Line line = fit_line(points);
  return fit_rate(times, line.slope > 0 ? std::max(0.0, line.at_zero) : 0);
}

double call_of(std::span<const SizedTime> encode, std::span<const SizedTime> decode, bool is_ours) {
  constexpr double kMost = 0.9;
  double shortest = std::numeric_limits<double>::infinity();
  for (const std::span times : {encode, decode})
    for (const SizedTime& time : times) shortest = std::min(shortest, time.seconds);
  const double there = fit_speed(encode).call, back = fit_speed(decode).call;
  return std::min(is_ours ? (there + back) / 2 : std::min(there, back), kMost * shortest);
}

double rounded(double value) {
  return round_to_digits(value, 4);
}

double add_rate(Calibration& calibration, std::string what, std::uint64_t bytes,
                const BenchTime& time) {
  const double rate = rounded(static_cast<double>(bytes) / time.seconds);
  calibration.figures.push_back({std::move(what), format_throughput(rate), time.noise});
  return rate;
}

void add_speed(Calibration& calibration, std::string what, double rate, double call,
               double spread) {
  calibration.figures.push_back(
      {std::move(what),
       fmt::format("{} + {}", format_throughput(rounded(rate)), format_seconds(rounded(call))),
       spread});
}

}  // namespace splitbench
