#include "workloads/generators/portable_math.hpp"

#include <array>
#include <cassert>
#include <cfloat>
#include <cmath>

namespace splitbench {
namespace {

static_assert(FLT_EVAL_METHOD == 0, "a double must be rounded after each operation");

constexpr double kLog2 = 0x1.62e42fefa39efp-1;
constexpr double kLog2High = 0x1.62e42feep-1;  // few enough bits that a small multiple is exact
constexpr double kLog2Low = 0x1.a39ef35793c76p-33;
constexpr double kSqrtHalf = 0x1.6a09e667f3bcdp-1;

/// The polynomial with these coefficients, lowest first.
template <std::size_t n>
double polynomial(const std::array<double, n>& coefficients, double x) {
  double sum = 0;
  for (std::size_t i = n; i-- > 0;) sum = sum * x + coefficients[i];
  return sum;
}

constexpr auto odd_reciprocals() {
  std::array<double, 13> values{};
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 1 / static_cast<double>(2 * i + 1);
  return values;
}

constexpr auto reciprocal_factorials() {
  std::array<double, 15> values{};
  double factorial = 1;
  for (std::size_t i = 0; i < values.size(); factorial *= static_cast<double>(++i))
    values[i] = 1 / factorial;
  return values;
}

}  // namespace

/// x = m * 2^e with m about 1, and log m = 2 artanh((m - 1) / (m + 1)) by its series.
double natural_log(double x) {
  assert(x > 0 && std::isfinite(x));
  int exponent = 0;
  double m = std::frexp(x, &exponent);
  if (m < kSqrtHalf) {
    m *= 2;
    --exponent;
  }
  static constexpr auto kSeries = odd_reciprocals();
  const double s = (m - 1) / (m + 1);
  return exponent * kLog2 + 2 * s * polynomial(kSeries, s * s);
}

/// x = k log 2 + r, and e^r by its series.
double exponential_of(double x) {
  const double k = std::floor(x / kLog2 + 0.5);
  if (k > 1100) return HUGE_VAL;
  if (k < -1100) return 0;
  static constexpr auto kSeries = reciprocal_factorials();
  const double r = (x - k * kLog2High) - k * kLog2Low;
  return std::ldexp(polynomial(kSeries, r), static_cast<int>(k));
}

double power(double x, double y) {
  return exponential_of(y * natural_log(x));
}

/// By Lanczos' approximation with g = 7 and nine terms.
double gamma_function(double x) {
  assert(x >= 1 && x <= 100);
  constexpr std::array kTerms = {676.5203681218851,     -1259.1392167224028,  771.32342877765313,
                                 -176.61502916214059,   12.507343278686905,   -0.13857109526572012,
                                 9.9843695780195716e-6, 1.5056327351493116e-7};
  constexpr double kSqrtTwoPi = 0x1.40d931ff62706p+1;
  double sum = 0.99999999999980993;
  for (std::size_t i = 0; i < kTerms.size(); ++i) sum += kTerms[i] / (x + static_cast<double>(i));
  const double t = x + 6.5;
  return kSqrtTwoPi * power(t, x - 0.5) * exponential_of(-t) * sum;
}

}  // namespace splitbench
