#include "sim/bench/calibrate/calibrate_fit.hpp"

#include <algorithm>
#include <cmath>

namespace splitbench {

// Shares of each time: x of a byte and y of a call, so that the times' errors weigh the same.

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
  double xx = 0, xy = 0, yy = 0, x1 = 0, y1 = 0;
  for (const SizedTime& time : times) {
    const double x = time.bytes / time.seconds, y = 1 / time.seconds;
    xx += x * x;
    xy += x * y;
    yy += y * y;
    x1 += x;
    y1 += y;
  }
  const double determinant = xx * yy - xy * xy;
  const double call = determinant > 0 ? (xx * y1 - xy * x1) / determinant : 0;
  return fit_rate(times, std::max(0.0, call));
}

}  // namespace splitbench
