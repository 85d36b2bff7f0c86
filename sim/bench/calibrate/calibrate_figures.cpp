#include <fmt/format.h>
#include <utility>

#include "configs/reader/quantity.hpp"
#include "sim/bench/calibrate/calibrate.hpp"
#include "workloads/statistics.hpp"

namespace splitbench {

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
