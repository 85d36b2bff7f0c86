#include "workers/kv/gaussian.hpp"

#include <array>
#include <cmath>
#include <cstddef>

#include "workloads/generators/portable_math.hpp"

namespace splitbench {
namespace {

/// The half of the bell, exp(-x^2 / 2), as a stack of as many boxes of one area, after Marsaglia
/// and Tsang 2000. The lowest box holds the tail beyond kLast, too.
constexpr std::size_t kBoxes = 128;
constexpr double kLast = 3.442619855899;
constexpr double kArea = 9.91256303526217e-3;

double bell(double x) {
  return exponential_of(-0.5 * x * x);
}

struct Boxes {
  std::array<double, kBoxes + 1> edge{};    ///< right edge of each box; the lowest one's first
  std::array<double, kBoxes + 1> height{};  ///< of the bell there

  Boxes() {
    edge[0] = kArea / bell(kLast);
    edge[1] = kLast;
    for (std::size_t i = 2; i < kBoxes; ++i)
      edge[i] = std::sqrt(-2 * natural_log(kArea / edge[i - 1] + bell(edge[i - 1])));
    for (std::size_t i = 0; i <= kBoxes; ++i) height[i] = bell(edge[i]);
  }
};

}  // namespace

double Gaussian::uniform() {
  return (static_cast<double>(engine_() >> 12) + 0.5) * 0x1p-52;
}

std::uint64_t Gaussian::below(std::uint64_t count) {
  return static_cast<std::uint64_t>((static_cast<unsigned __int128>(engine_()) * count) >> 64);
}

double Gaussian::operator()() {
  static const Boxes kStack;
  for (;;) {
    const std::uint64_t bits = engine_();
    const std::size_t box = bits % kBoxes;
    const double sign = bits & kBoxes ? -1 : 1;
    const double x = (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52 * kStack.edge[box];
    if (x < kStack.edge[box + 1]) return sign * x;
    if (box > 0) {
      const double low = kStack.height[box], high = kStack.height[box + 1];
      if (low + uniform() * (high - low) < bell(x)) return sign * x;
      continue;
    }
    for (;;) {  // the tail, by Marsaglia 1964
      const double beyond = -natural_log(uniform()) / kLast;
      if (-2 * natural_log(uniform()) > beyond * beyond) return sign * (kLast + beyond);
    }
  }
}

}  // namespace splitbench
