#include "workloads/generators/random.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cfloat>
#include <cmath>
#include <cstddef>
#include <vector>

namespace splitbench {

namespace {

static_assert(FLT_EVAL_METHOD == 0, "a double must be rounded after each operation");

constexpr double kLog2 = 0x1.62e42fefa39efp-1;
constexpr double kLog2High = 0x1.62e42feep-1;  // few enough bits that a small multiple is exact
constexpr double kLog2Low = 0x1.a39ef35793c76p-33;
constexpr double kSqrtHalf = 0x1.6a09e667f3bcdp-1;

/// Returns the value of the polynomial with these coefficients, lowest first.
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

/// Uses x = m * 2^e with m about 1, and log m = 2 artanh((m - 1) / (m + 1)) by its series.
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

/// Uses x = k log 2 + r, and e^r by its series.
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

/// Uses Lanczos' approximation with g = 7 and nine terms.
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

namespace {

std::mt19937_64 engine(std::uint64_t seed, std::string_view purpose) {
  std::vector<std::uint32_t> entropy = {static_cast<std::uint32_t>(seed),
                                        static_cast<std::uint32_t>(seed >> 32)};
  for (const char letter : purpose) entropy.push_back(static_cast<unsigned char>(letter));
  std::seed_seq sequence(entropy.begin(), entropy.end());
  return std::mt19937_64(sequence);
}

/// Returns the integral of t^-exponent from 1 to x; the function below is its inverse.
double hat_integral(double x, double exponent) {
  if (exponent == 1) return natural_log(x);
  return (power(x, 1 - exponent) - 1) / (1 - exponent);
}

double inverse_hat_integral(double y, double exponent) {
  if (exponent == 1) return exponential_of(y);
  return power(1 + y * (1 - exponent), 1 / (1 - exponent));
}

}  // namespace

Random::Random(std::uint64_t seed, std::string_view purpose) : engine_(engine(seed, purpose)) {}

double Random::uniform() {
  return std::ldexp(static_cast<double>(engine_() >> 12) + 0.5, -52);
}

std::uint64_t Random::below(std::uint64_t count) {
  return static_cast<std::uint64_t>((static_cast<unsigned __int128>(engine_()) * count) >> 64);
}

bool Random::chance(double probability) {
  return probability > 0 && uniform() < probability;
}

double Random::exponential() {
  return -natural_log(uniform());
}

/// Uses Marsaglia's polar method; the second of each pair is discarded, so that no state outlives a
/// draw.
double Random::normal() {
  for (;;) {
    const double x = symmetric(), y = symmetric();
    const double square = x * x + y * y;
    if (square < 1 && square > 0) return x * std::sqrt(-2 * natural_log(square) / square);
  }
}

/// Uses the method of Marsaglia and Tsang 2000; a shape below 1 is raised by one and scaled down
/// again.
double Random::gamma(double shape) {
  if (shape < 1) {
    const double lifted = gamma(shape + 1);
    return lifted * power(uniform(), 1 / shape);
  }
  const double d = shape - 1.0 / 3, c = 1 / (3 * std::sqrt(d));
  for (;;) {
    const double x = normal(), root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (natural_log(uniform()) < 0.5 * x * x + d - d * v + d * natural_log(v)) return d * v;
  }
}

double Random::weibull(double shape) {
  return power(exponential(), 1 / shape);
}

double Random::pareto(double alpha) {
  return power(uniform(), -1 / alpha);
}

/// Uses rejection-inversion after Hörmann and Derflinger 1996: inverts the integral of the
/// continuous hat from 1/2 to ranks + 1/2, rounds to a rank, and accepts as much as the rank's own
/// share of it.
std::uint64_t Random::zipf(std::uint64_t ranks, double exponent) {
  assert(ranks > 0);
  const auto hat = [exponent](double x) { return hat_integral(x, exponent); };
  const double last = static_cast<double>(ranks);
  const double low = hat(1.5) - 1, high = hat(last + 0.5);
  for (;;) {
    const double u = high + uniform() * (low - high);
    const double x = inverse_hat_integral(u, exponent);
    const double rank = std::clamp(std::floor(x + 0.5), 1.0, last);
    if (u >= hat(rank + 0.5) - power(rank, -exponent)) return static_cast<std::uint64_t>(rank);
  }
}

namespace {

/// The number of boxes of equal area whose stack covers half of the bell exp(-x^2 / 2), after
/// Marsaglia and Tsang 2000. The lowest box holds the tail beyond kLast, too.
constexpr std::size_t kBoxes = 128;
constexpr double kLast = 3.442619855899;
constexpr double kArea = 9.91256303526217e-3;

double bell(double x) {
  return exponential_of(-0.5 * x * x);
}

struct Boxes {
  std::array<double, kBoxes + 1> edge{};    ///< right edge of each box; the lowest one's first
  std::array<double, kBoxes + 1> height{};  ///< height of the bell at that edge

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
